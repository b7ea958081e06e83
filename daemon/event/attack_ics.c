#include "event/attack_ics.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *id, *name;
} tactics[TACTICS] = {
    [TACTIC_INITIAL_ACCESS] = {"TA0108", "Initial Access"},
    [TACTIC_EXECUTION] = {"TA0104", "Execution"},
    [TACTIC_PERSISTENCE] = {"TA0110", "Persistence"},
    [TACTIC_PRIVILEGE_ESCALATION] = {"TA0111", "Privilege Escalation"},
    [TACTIC_EVASION] = {"TA0103", "Evasion"},
    [TACTIC_DISCOVERY] = {"TA0102", "Discovery"},
    [TACTIC_LATERAL_MOVEMENT] = {"TA0109", "Lateral Movement"},
    [TACTIC_COLLECTION] = {"TA0100", "Collection"},
    [TACTIC_COMMAND_AND_CONTROL] = {"TA0101", "Command and Control"},
    [TACTIC_INHIBIT_RESPONSE] = {"TA0107", "Inhibit Response Function"},
    [TACTIC_IMPAIR_CONTROL] = {"TA0106", "Impair Process Control"},
    [TACTIC_IMPACT] = {"TA0105", "Impact"},
};

enum {
	INITIAL = 1 << TACTIC_INITIAL_ACCESS,
	EXECUTION = 1 << TACTIC_EXECUTION,
	PERSISTENCE = 1 << TACTIC_PERSISTENCE,
	EVASION = 1 << TACTIC_EVASION,
	DISCOVERY = 1 << TACTIC_DISCOVERY,
	LATERAL = 1 << TACTIC_LATERAL_MOVEMENT,
	COLLECTION = 1 << TACTIC_COLLECTION,
	COMMAND = 1 << TACTIC_COMMAND_AND_CONTROL,
	INHIBIT = 1 << TACTIC_INHIBIT_RESPONSE,
	IMPAIR = 1 << TACTIC_IMPAIR_CONTROL,
	IMPACT = 1 << TACTIC_IMPACT,
};

static const struct attack_ics techniques[] = {
    {"T0809", "Data Destruction", NULL, INHIBIT},
    {"T0812", "Default Credentials", "T1694.001", LATERAL},
    {"T0814", "Denial of Service", NULL, INHIBIT},
    {"T0816", "Device Restart/Shutdown", NULL, INHIBIT},
    {"T0817", "Drive-by Compromise", NULL, INITIAL},
    {"T0819", "Exploit Public-Facing Application", NULL, INITIAL},
    {"T0822", "External Remote Services", NULL, INITIAL},
    {"T0826", "Loss of Availability", NULL, IMPACT},
    {"T0830", "Adversary-in-the-Middle", NULL, COLLECTION},
    {"T0831", "Manipulation of Control", NULL, IMPACT},
    {"T0836", "Modify Parameter", NULL, IMPAIR},
    {"T0840", "Network Connection Enumeration", NULL, DISCOVERY},
    {"T0842", "Network Sniffing", NULL, DISCOVERY},
    {"T0843", "Program Download", NULL, LATERAL},
    {"T0845", "Program Upload", NULL, COLLECTION},
    {"T0846", "Remote System Discovery", NULL, DISCOVERY},
    {"T0848", "Rogue Master", NULL, INITIAL},
    {"T0855", "Unauthorized Command Message", "T1692.001", IMPAIR},
    {"T0856", "Spoof Reporting Message", "T1692.002", EVASION | IMPAIR},
    {"T0857", "System Firmware", "T1693.001", PERSISTENCE | INHIBIT},
    {"T0858", "Change Operating Mode", NULL, EXECUTION | EVASION},
    {"T0859", "Valid Accounts", NULL, PERSISTENCE | LATERAL},
    {"T0861", "Point & Tag Identification", NULL, COLLECTION},
    {"T0862", "Supply Chain Compromise", NULL, INITIAL},
    {"T0864", "Transient Cyber Asset", NULL, INITIAL},
    {"T0866", "Exploitation of Remote Services", NULL, INITIAL | LATERAL},
    {"T0867", "Lateral Tool Transfer", NULL, LATERAL},
    {"T0869", "Standard Application Layer Protocol", NULL, COMMAND},
    {"T0872", "Indicator Removal on Host", NULL, EVASION},
    {"T0881", "Service Stop", NULL, INHIBIT},
    {"T0882", "Theft of Operational Information", NULL, IMPACT},
    {"T0883", "Internet Accessible Device", NULL, INITIAL},
    {"T0884", "Connection Proxy", NULL, COMMAND},
    {"T0885", "Commonly Used Port", NULL, COMMAND},
    {"T0886", "Remote Services", NULL, INITIAL | LATERAL},
    {"T0888", "Remote System Information Discovery", NULL, DISCOVERY},
    {"T0889", "Modify Program", NULL, PERSISTENCE},
    {"T1692.001", "Unauthorized Message: Command Message", NULL, IMPAIR},
    {"T1692.002", "Unauthorized Message: Reporting Message", NULL, EVASION | IMPAIR},
    {"T1693.001", "Modify Firmware: System Firmware", NULL, PERSISTENCE | INHIBIT},
    {"T1694.001", "Insecure Credentials: Default Credentials", NULL, LATERAL},
};

const struct attack_ics *attack_ics_find(const char *id)
{
	for (size_t i = 0; i < sizeof(techniques) / sizeof(techniques[0]); i++) {
		if (strcmp(techniques[i].id, id) == 0)
			return &techniques[i];
	}
	return NULL;
}

const char *attack_ics_tactic_id(enum attack_ics_tactic t)
{
	return tactics[t].id;
}

const char *attack_ics_tactic_name(enum attack_ics_tactic t)
{
	return tactics[t].name;
}
