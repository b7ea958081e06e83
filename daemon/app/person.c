#include "app/person.h"

#include "app/command.h"

struct person person_of(const char *by, const char *reason)
{
	const char *login = command_login();

	return (struct person){.who = by && by[0] ? by : login, .login = login, .reason = reason ? reason : ""};
}
