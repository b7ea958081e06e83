/*
 * Real-time traffic of factories that has no IP: EtherCAT, GOOSE and sampled values of IEC 61850, PROFINET RT. Named by
 * EtherType and told as conversations between two MAC addresses, in `flow` records as IP has them: when one begins,
 * when it goes on after a minute, and at the end. The cyclic data itself is not read.
 */
#ifndef SEKISHO_OT_LINK_TALK_H
#define SEKISHO_OT_LINK_TALK_H

#include "event/dissector.h"

extern const struct dissector ethercat_dissector, goose_dissector, sampled_values_dissector, profinet_rt_dissector;

#endif
