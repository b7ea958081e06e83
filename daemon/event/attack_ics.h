/*
 * Techniques of MITRE ATT&CK for ICS that the shipped rules name: what they are called, the tactics that they belong
 * to, and what replaced an id. Rules carry ids alone, of before and after version 19 (decisions/010).
 */
#ifndef SEKISHO_EVENT_ATTACK_ICS_H
#define SEKISHO_EVENT_ATTACK_ICS_H

/* In the order of the matrix. */
enum attack_ics_tactic {
	TACTIC_INITIAL_ACCESS,
	TACTIC_EXECUTION,
	TACTIC_PERSISTENCE,
	TACTIC_PRIVILEGE_ESCALATION,
	TACTIC_EVASION,
	TACTIC_DISCOVERY,
	TACTIC_LATERAL_MOVEMENT,
	TACTIC_COLLECTION,
	TACTIC_COMMAND_AND_CONTROL,
	TACTIC_INHIBIT_RESPONSE,
	TACTIC_IMPAIR_CONTROL,
	TACTIC_IMPACT,
	TACTICS
};

struct attack_ics {
	const char *id, *name;
	const char *succeeded_by; /* the id of version 19 (April 2026), or NULL */
	unsigned tactics;         /* 1 << enum attack_ics_tactic */
};

/** @id  "T0836", "T1692.001". @return NULL for one that is not in the table, as a site's own rule may name. */
const struct attack_ics *attack_ics_find(const char *id);

/** "TA0106" and "Impair Process Control", as the matrix has them. */
const char *attack_ics_tactic_id(enum attack_ics_tactic t);
const char *attack_ics_tactic_name(enum attack_ics_tactic t);

#endif
