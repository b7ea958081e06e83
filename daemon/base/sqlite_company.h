/* Who else is expected at a database as long as it is open to be written. */
#ifndef SEKISHO_BASE_SQLITE_COMPANY_H
#define SEKISHO_BASE_SQLITE_COMPANY_H

enum sqlite_company {
	SQLITE_SHARED, /* others read, and write: what is written goes to a log (WAL) beside the file first */
	SQLITE_ALONE,  /* nobody: it goes to the file at once. Others wait; after a crash, who may write has to take
			  back what is half done before anybody reads */
	SQLITE_FRESH,  /* nobody, and nothing is in it that could be lost: nothing waits for the disk before it is
			  closed.  The end of a process leaves it whole at any time, the end of the machine may not */
};

#endif
