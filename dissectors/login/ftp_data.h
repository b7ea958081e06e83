/*
 * Where FTP's next data connection is awaited, as the control connection says it (RFC 959 3.2, 4.1.2; RFC 1123
 * 4.1.2.6; RFC 2428).
 *
 *   PORT h1,h2,h3,h4,p1,p2           227 ... h1,h2,h3,h4,p1,p2 ...
 *   EPRT |family|address|port|       229 ... (|||port|)
 */
#ifndef SEKISHO_LOGIN_FTP_DATA_H
#define SEKISHO_LOGIN_FTP_DATA_H

#include "event/dissector.h"

/** The client's argument of PORT, or of EPRT (@extended). */
void ftp_data_port(struct span argument, bool extended, struct emitter *out);

/** What stands behind 227, or 229 (@extended). */
void ftp_data_passive(struct span text, bool extended, struct emitter *out);

#endif
