/*
 * Maker, model, serial number and the like: what the register declares beside what the device says of itself. Both ask
 * here, the running ledger (SKS-LC-07) and those who only read (`sekisho assets --contradicting`), so both say the
 * same.
 */
#ifndef SEKISHO_LEDGER_PAPERS_H
#define SEKISHO_LEDGER_PAPERS_H

#include "ledger/asset.h"

struct paper {
	enum reg_field field;
	enum attr attr;
	bool drifts;   /* another one is told as drift; else it is only listed */
	bool hardware; /* another one is another device, not another state of it */
};

enum { PAPERS = 6 };
extern const struct paper papers[PAPERS];

/**
 * What @a says of itself instead of what its row of the register declares: the text that is believed most. NULL where
 * either says nothing, or anything that still holds says what is declared. A word holds until its source says another,
 * and as long as it was said within a day of the latest one. A serial device behind a gateway has the gateway's
 * papers, which say nothing of it. Borrowed from @a.
 */
const char *papers_otherwise(const struct asset *a, const struct paper *p);

/** Are both one maker, whatever the legal form, widths, case and punctuation ("OMRON Corporation", "Omron Co., Ltd.")?
 * One may be longer. Names in different scripts cannot be compared: they count as the same. */
bool papers_same_maker(const char *declared, const char *observed);

#endif
