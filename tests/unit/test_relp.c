#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alert_text.h"
#include "run_suite.h"
#include "sinks/relp.h"
#include "sinks/sink.h"

/* ---- frames */

static const struct {
	const char *in;
	enum relp_read read;
	size_t used;
	uint32_t number;
	unsigned code;
	const char *text;
	bool closes;
} frames[] = {
    {"1 rsp 93 200 OK\nrelp_version=0\nrelp_software=librelp,1.2.14,http://librelp.adiscon.com\ncommands=syslog\n",
     RELP_ANSWER, 103, 1, 200, "OK", false},
    {"2 rsp 6 200 OK\n3 rsp 6 200 OK\n", RELP_ANSWER, 15, 2, 200, "OK", false},
    {"999999999 rsp 3 200\n", RELP_ANSWER, 20, 999999999, 200, "", false},
    {"2 rsp 9 500 error\n", RELP_ANSWER, 18, 2, 500, "error", false},
    {"2 rsp 0\n", RELP_ANSWER, 8, 2, 0, "", false},
    {"2 rsp 0 \n", RELP_ANSWER, 9, 2, 0, "", false},
    {"0 serverclose 0\n", RELP_ANSWER, 16, 0, 0, "", true},
    {"2 rsp 5 hello\n", RELP_ANSWER, 14, 2, 0, "", false},
    {"", RELP_MORE, 0, 0, 0, NULL, false},
    {"12", RELP_MORE, 0, 0, 0, NULL, false},
    {"12 ", RELP_MORE, 0, 0, 0, NULL, false},
    {"12 rs", RELP_MORE, 0, 0, 0, NULL, false},
    {"12 rsp ", RELP_MORE, 0, 0, 0, NULL, false},
    {"12 rsp 6", RELP_MORE, 0, 0, 0, NULL, false},
    {"12 rsp 6 ", RELP_MORE, 0, 0, 0, NULL, false},
    {"12 rsp 6 200 OK", RELP_MORE, 0, 0, 0, NULL, false},
    {"12 rsp 6 200 OKX", RELP_WRONG, 0, 0, 0, NULL, false},
    {"12 rsp 6X200 OK\n", RELP_WRONG, 0, 0, 0, NULL, false},
    {"12 rsp X", RELP_WRONG, 0, 0, 0, NULL, false},
    {"12 rspX 6 200 OK\n", RELP_WRONG, 0, 0, 0, NULL, false},
    {"12 syslog 6 200 OK\n", RELP_WRONG, 0, 0, 0, NULL, false},
    {"12X", RELP_WRONG, 0, 0, 0, NULL, false},
    {"X", RELP_WRONG, 0, 0, 0, NULL, false},
    {" 1 rsp 0\n", RELP_WRONG, 0, 0, 0, NULL, false},
    {"1234567890 rsp 0\n", RELP_WRONG, 0, 0, 0, NULL, false},
    {"1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0\n", RELP_WRONG, 0, 0, 0, NULL, false},
    {"HTTP/1.1 400 Bad Request\r\n", RELP_WRONG, 0, 0, 0, NULL, false},
};

START_TEST(test_frames)
{
	size_t len = strlen(frames[_i].in), used = 0;
	char *in = malloc(len + 1); /* one byte too many is seen by the sanitizer */
	struct relp_answer a;

	memcpy(in, frames[_i].in, len);
	in = realloc(in, len ? len : 1);
	ck_assert_msg(relp_read(span_of(in, len), &a, &used) == frames[_i].read, "%s", frames[_i].in);
	if (frames[_i].read == RELP_ANSWER) {
		ck_assert_uint_eq(used, frames[_i].used);
		ck_assert_uint_eq(a.number, frames[_i].number);
		ck_assert_uint_eq(a.code, frames[_i].code);
		ck_assert_uint_eq(a.closes, frames[_i].closes);
		ck_assert(span_eq(a.text, span_str(frames[_i].text)));
	}
	free(in);
}
END_TEST

/* Cut anywhere, a good frame asks for more and never reads on. */
START_TEST(test_cut_anywhere)
{
	const char *whole = frames[_i].in;

	for (size_t len = 0; frames[_i].read == RELP_ANSWER && len < frames[_i].used; len++) {
		char *in = malloc(len ? len : 1);
		struct relp_answer a;
		size_t used;
		memcpy(in, whole, len);
		ck_assert_msg(relp_read(span_of(in, len), &a, &used) == RELP_MORE, "%zu bytes of %s", len, whole);
		free(in);
	}
}
END_TEST

START_TEST(test_numbers)
{
	char header[RELP_HEADER_MAX];

	ck_assert_uint_eq(relp_next(1), 2);
	ck_assert_uint_eq(relp_next(999999998), 999999999);
	ck_assert_uint_eq(relp_next(999999999), 1);
	size_t n = relp_header(header, 999999999, "syslog", 65000);
	ck_assert_uint_eq(n, strlen("999999999 syslog 65000 "));
	ck_assert_int_eq(memcmp(header, "999999999 syslog 65000 ", n), 0);
	n = relp_header(header, 7, "close", 0);
	ck_assert_int_eq(memcmp(header, "7 close 0", n), 0);
}
END_TEST

/* ---- a receiver that does as the test says */

struct server {
	int fd;
	unsigned answers;   /* to messages; after these it closes */
	const char *answer; /* to each, behind the number */
	const char *opening;
	unsigned heard; /* messages */
	pthread_t thread;
};

static bool read_all(int fd, char *buf, size_t n)
{
	size_t got = 0;

	while (got < n) {
		ssize_t r = recv(fd, buf + got, n - got, 0);
		if (r <= 0)
			return false;
		got += (size_t)r;
	}
	return true;
}

/* Reads one frame. @return its number, or -1; *is_message whether its command is "syslog". */
static long read_frame(int fd, bool *is_message)
{
	static char data[70000];
	char head[64], command[32];
	size_t n = 0, len;
	long number;

	while (n < sizeof(head) - 1 && read_all(fd, head + n, 1)) {
		head[++n] = '\0';
		int spaces = 0;
		for (size_t i = 0; i < n; i++)
			spaces += head[i] == ' ';
		if (spaces == 3 || head[n - 1] == '\n')
			break;
	}
	if (n == 0 || sscanf(head, "%ld %31s %zu", &number, command, &len) != 3)
		return -1;
	*is_message = strcmp(command, "syslog") == 0;
	if (head[n - 1] != '\n' && (!read_all(fd, data, len + 1) || data[len] != '\n'))
		return -1;
	return number;
}

static void *serve(void *arg)
{
	struct server *v = arg;
	char out[128];
	int peer = accept(v->fd, NULL, NULL);
	bool is_message;
	long number = read_frame(peer, &is_message);

	if (v->opening) {
		int n = snprintf(out, sizeof(out), "%ld rsp %zu %s\n", number, strlen(v->opening), v->opening);
		(void)send(peer, out, (size_t)n, MSG_NOSIGNAL);
	}
	while ((number = read_frame(peer, &is_message)) >= 0) {
		v->heard += is_message;
		if (v->heard > v->answers)
			break;
		int n = snprintf(out, sizeof(out), "%ld rsp %zu %s\n", number, strlen(v->answer), v->answer);
		(void)send(peer, out, (size_t)n, MSG_NOSIGNAL);
	}
	/* close() with something unread would take back what is on its way */
	shutdown(peer, SHUT_WR);
	while (recv(peer, out, sizeof(out), 0) > 0)
		;
	close(peer);
	return NULL;
}

static struct sink *start(struct server *v)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	struct complaint c = {""};
	struct sink *s;
	char address[32];

	v->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(v->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(v->fd, 4), 0);
	ck_assert_int_eq(getsockname(v->fd, (struct sockaddr *)&at, &len), 0);
	ck_assert_int_eq(pthread_create(&v->thread, NULL, serve, v), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%u", ntohs(at.sin_port));
	ck_assert_int_eq(
	    sink_syslog_new(&s, &(struct syslog_options){.transport = SYSLOG_RELP, .address = address}, &c), 0);
	return s;
}

static void stop(struct server *v, struct sink *s)
{
	s->ops->close(s);
	pthread_join(v->thread, NULL);
	close(v->fd);
}

static void some_rows(struct delivery *rows, int n)
{
	for (int i = 0; i < n; i++)
		rows[i] = (struct delivery){.seq = (uint64_t)i + 1, .json = ALERT_TEXT, .len = sizeof(ALERT_TEXT) - 1};
}

START_TEST(test_all_taken)
{
	struct server v = {.answers = 1000, .answer = "200 OK", .opening = "200 OK\nrelp_version=0"};
	struct sink *s = start(&v);
	struct delivery rows[64];
	int retry_ms = 0, done = 0;

	some_rows(rows, 64);
	for (int i = 0; i < 100 && done < 64; i++)
		done += s->ops->deliver(s, rows + done, 64 - done, &retry_ms);
	ck_assert_int_eq(done, 64);
	ck_assert(sink_count(s).connected);
	stop(&v, s);
	ck_assert_uint_eq(v.heard, 64); /* each once */
}
END_TEST

/* Only what was answered counts; the rest is for the next connection. */
START_TEST(test_the_receiver_goes)
{
	struct server v = {.answers = 5, .answer = "200 OK", .opening = "200 OK"};
	struct sink *s = start(&v);
	struct delivery rows[10];
	int retry_ms = 0, done = 0;

	some_rows(rows, 10);
	for (int i = 0; i < 100 && sink_count(s).connected + (i == 0) > 0; i++)
		done += s->ops->deliver(s, rows + done, 10 - done, &retry_ms);
	ck_assert_uint_eq((unsigned)done + sink_count(s).delivered, 5);
	ck_assert(!sink_count(s).connected);
	ck_assert(!s->positioned); /* a moment ago: all of it comes again */
	ck_assert_uint_eq(sink_count(s).after_seq, 0);
	stop(&v, s);
}
END_TEST

static const struct {
	const char *opening, *answer;
	int done;
} refusals[] = {{"500 no", "200 OK", 0}, {NULL, "200 OK", 0}, {"200 OK", "500 no room", 0}, {"200 OK", "garbage", 0}};

START_TEST(test_refused)
{
	struct server v = {.answers = 1000, .answer = refusals[_i].answer, .opening = refusals[_i].opening};
	struct sink *s = start(&v);
	struct delivery rows[3];
	int retry_ms = 0;

	some_rows(rows, 3);
	ck_assert_int_eq(s->ops->deliver(s, rows, 3, &retry_ms), refusals[_i].done);
	ck_assert_int_gt(retry_ms, 0);
	ck_assert(!sink_count(s).connected);
	stop(&v, s);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("relp");
	TCase *t = tcase_create("relp");
	int n = sizeof(frames) / sizeof(frames[0]);

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_frames, 0, n);
	tcase_add_loop_test(t, test_cut_anywhere, 0, n);
	tcase_add_test(t, test_numbers);
	tcase_add_test(t, test_all_taken);
	tcase_add_test(t, test_the_receiver_goes);
	tcase_add_loop_test(t, test_refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	suite_add_tcase(s, t);
	return run_suite(s);
}
