/* How a unit test runs its suite. */
#ifndef TESTS_UNIT_RUN_SUITE_H
#define TESTS_UNIT_RUN_SUITE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* Frees @s. @return what main() returns */
static inline int run_suite_as(Suite *s, enum fork_status fork)
{
	SRunner *r = srunner_create(s);

	srunner_set_fork_status(r, fork);
	srunner_run_all(r, CK_ENV);
	fflush(stdout); /* before a sanitizer ends the process */
	int failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Each test in a process of its own: they change what all of a process share, or begin processes, which costs the more
 * the more memory the tests before have left behind. Else as run_suite(). */
static inline int run_suite_apart(Suite *s)
{
	return run_suite_as(s, CK_FORK);
}

/*
 * Runs @s and frees it, each test in a process of its own. With sanitizers, which look for leaks at the end of each,
 * for longer than all tests take together, all are in one, unless CK_FORK=yes. @return what main() returns
 */
static inline int run_suite(Suite *s)
{
#ifdef __SANITIZE_ADDRESS__
	const char *fork = getenv("CK_FORK");
	return run_suite_as(s, fork ? CK_FORK_GETENV : CK_NOFORK);
#else
	return run_suite_as(s, CK_FORK_GETENV);
#endif
}

#endif
