/* The one file that includes nDPI (4.2). */
#include "net/guess.h"

#include <ctype.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
#include <ndpi/ndpi_api.h>
#pragma GCC diagnostic pop

#include "base/heap.h"

enum {
	TOKEN_MAX = 32,
	TOKENS = NDPI_MAX_SUPPORTED_PROTOCOLS,
	L3_MAX = 60,
	PAYLOAD_SHOWN = 2048,
	MODULE_BYTES =
	    8 * 1024 * 1024, /* a module with its tables takes 5.5 MiB by mallinfo2() with nDPI 4.2; and some room */
};

struct guess_trial {
	struct guess_trial *next; /* among the spare ones */
	unsigned packets;
	struct ndpi_flow_struct flow;
};

struct guess {
	struct guess *next_late; /* of those that wait for the first trial of any */
	struct ndpi_detection_module_struct *module;
	_Atomic bool started;
	struct guess_trial *spare;
	unsigned trials; /* begun and not ended */
};

/* Our words for protocols, by nDPI's number. Program strings: events carry them to other threads. */
static char tokens[TOKENS][TOKEN_MAX];
static pthread_once_t tokens_made = PTHREAD_ONCE_INIT;
static struct ndpi_detection_module_struct *tokens_from;

static const struct {
	uint16_t id;
	const char *token;
} renamed[] = {
    {NDPI_PROTOCOL_SMBV1, "smb"},         {NDPI_PROTOCOL_SMBV23, "smb"},      {NDPI_PROTOCOL_ETHERNET_IP, "enip"},
    {NDPI_PROTOCOL_IEC60870, "iec104"},   {NDPI_PROTOCOL_FTP_CONTROL, "ftp"}, {NDPI_PROTOCOL_MAIL_POP, "pop3"},
    {NDPI_PROTOCOL_MAIL_SMTP, "smtp"},    {NDPI_PROTOCOL_MAIL_IMAP, "imap"},  {NDPI_PROTOCOL_MSSQL_TDS, "tds"},
    {NDPI_PROTOCOL_DCERPC, "dcerpc"},     {NDPI_PROTOCOL_HTTP_PROXY, "http"}, {NDPI_PROTOCOL_HTTP_CONNECT, "http"},
    {NDPI_PROTOCOL_FTP_DATA, "ftp-data"},
};

static void make_tokens(void)
{
	for (uint16_t id = 1; id < TOKENS; id++) {
		const char *name = ndpi_get_proto_name(tokens_from, id);
		for (size_t i = 0; name && name[i] && i < TOKEN_MAX - 1; i++)
			tokens[id][i] = isalnum((unsigned char)name[i]) ? (char)tolower((unsigned char)name[i]) : '_';
	}
	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
		strcpy(tokens[renamed[i].id], renamed[i].token);
}

/* Starting touches the library's globals: under this lock, and while nobody uses what was started before. */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;
static struct guess *late_ones;

/* Is asked once of each. */
static void start(struct guess *g)
{
	NDPI_PROTOCOL_BITMASK all;

	g->module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
	if (g->module) {
		NDPI_BITMASK_SET_ALL(all);
		ndpi_set_protocol_detection_bitmask2(g->module, &all);
		ndpi_finalize_initialization(g->module);
		tokens_from = g->module;
		pthread_once(&tokens_made, make_tokens);
	}
	atomic_store_explicit(&g->started, true, memory_order_release);
}

/* The first trial of any late one starts all of them. @return false where the library would not start. */
static bool is_started(struct guess *g)
{
	if (atomic_load_explicit(&g->started, memory_order_acquire))
		return g->module != NULL;
	pthread_mutex_lock(&starting);
	bool some = late_ones != NULL;
	for (; late_ones; late_ones = late_ones->next_late)
		start(late_ones);
	pthread_mutex_unlock(&starting);
	if (some) /* as after the program's own start */
		heap_started();
	return g->module != NULL;
}

struct guess *guess_new(bool late)
{
	struct guess *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	pthread_mutex_lock(&starting);
	g->next_late = late_ones;
	if (late)
		late_ones = g;
	else
		start(g);
	pthread_mutex_unlock(&starting);
	if (!late && !g->module) {
		free(g);
		return NULL;
	}
	return g;
}

static void forget_late(const struct guess *g)
{
	pthread_mutex_lock(&starting);
	for (struct guess **at = &late_ones; *at; at = &(*at)->next_late) {
		if (*at == g) {
			*at = g->next_late;
			break;
		}
	}
	pthread_mutex_unlock(&starting);
}

void guess_free(struct guess *g)
{
	if (!g)
		return;
	forget_late(g);
	for (struct guess_trial *t = g->spare, *next; t; t = next) {
		next = t->next;
		free(t);
	}
	if (g->module)
		ndpi_exit_detection_module(g->module);
	free(g);
}

struct guess_trial *guess_begin(struct guess *g)
{
	struct guess_trial *t = g->spare;

	if (g->trials >= GUESS_TRIALS_MAX || !is_started(g))
		return NULL;
	if (t)
		g->spare = t->next;
	else
		t = malloc(sizeof(*t));
	if (!t)
		return NULL;
	memset(t, 0, sizeof(*t));
	g->trials++;
	return t;
}

void guess_end(struct guess *g, struct guess_trial *t)
{
	ndpi_free_flow_data(&t->flow);
	t->next = g->spare;
	g->spare = t;
	g->trials--;
}

static size_t put_u16(uint8_t *at, size_t off, uint16_t v)
{
	at[off] = (uint8_t)(v >> 8);
	at[off + 1] = (uint8_t)v;
	return off + 2;
}

static size_t put_u32(uint8_t *at, size_t off, uint32_t v)
{
	return put_u16(at, put_u16(at, off, (uint16_t)(v >> 16)), (uint16_t)v);
}

/* nDPI wants the packet from the IP header on, in one piece: plain headers are put in front of the payload. RFC 791,
 * RFC 8200. */
static size_t put_ip(uint8_t *at, const struct packet *p, size_t l4_bytes)
{
	if (ip_is_v4(&p->src_ip)) {
		at[0] = 0x45;
		at[1] = 0;
		put_u16(at, 2, (uint16_t)(20 + l4_bytes));
		put_u32(at, 4, 0);
		at[8] = p->ttl;
		at[9] = p->ip_proto;
		put_u16(at, 10, 0);
		memcpy(at + 12, p->src_ip.b + 12, 4);
		memcpy(at + 16, p->dest_ip.b + 12, 4);
		return 20;
	}
	put_u32(at, 0, UINT32_C(6) << 28);
	put_u16(at, 4, (uint16_t)l4_bytes);
	at[6] = p->ip_proto;
	at[7] = p->ttl;
	memcpy(at + 8, p->src_ip.b, 16);
	memcpy(at + 24, p->dest_ip.b, 16);
	return 40;
}

static size_t put_l4(uint8_t *at, const struct packet *p, size_t payload_bytes)
{
	put_u16(at, 0, p->src_port);
	put_u16(at, 2, p->dest_port);
	if (p->kind == PACKET_UDP) {
		put_u16(at, 4, (uint16_t)(8 + payload_bytes));
		put_u16(at, 6, 0);
		return 8;
	}
	put_u32(at, 4, p->seq);
	put_u32(at, 8, p->ack);
	at[12] = 5 << 4;
	at[13] = p->tcp_flags;
	put_u16(at, 14, p->window);
	put_u32(at, 16, 0);
	return 20;
}

static size_t put_packet(uint8_t *at, const struct packet *p)
{
	size_t shown = p->payload.len < PAYLOAD_SHOWN ? p->payload.len : PAYLOAD_SHOWN;
	size_t l4_bytes = p->kind == PACKET_UDP ? 8 : 20;
	size_t n = put_ip(at, p, l4_bytes + shown);

	n += put_l4(at + n, p, shown);
	if (shown > 0)
		memcpy(at + n, p->payload.ptr, shown);
	return n + shown;
}

static const char *token_of(uint16_t id)
{
	return id != NDPI_PROTOCOL_UNKNOWN && id < TOKENS && tokens[id][0] ? tokens[id] : NULL;
}

/*
 * nDPI names a carrier and what it carries: TLS and the service behind it, of which the carrier is the protocol. Only
 * with NetBIOS sessions it is the other way round. What an address belongs to says nothing of the protocol.
 */
static const char *answer_of(const struct guess_trial *t, const ndpi_protocol *found)
{
	uint16_t carrier = found->master_protocol, carried = found->app_protocol;

	if (carrier == NDPI_PROTOCOL_UNKNOWN && t->flow.confidence == NDPI_CONFIDENCE_MATCH_BY_IP)
		return NULL;
	if (carried == NDPI_PROTOCOL_SMBV1 || carried == NDPI_PROTOCOL_SMBV23 || carrier == NDPI_PROTOCOL_UNKNOWN)
		return token_of(carried);
	return token_of(carrier);
}

bool guess_packet(struct guess *g, struct guess_trial *t, const struct packet *p, const char **app, bool *by_port)
{
	uint8_t bytes[L3_MAX + PAYLOAD_SHOWN];
	size_t n = put_packet(bytes, p);
	ndpi_protocol found = ndpi_detection_process_packet(g->module, &t->flow, bytes, (unsigned short)n,
							    (uint64_t)(p->ts_ns / 1000000));

	*app = answer_of(t, &found);
	*by_port = t->flow.confidence == NDPI_CONFIDENCE_MATCH_BY_PORT;
	if (*app)
		return true;
	if (++t->packets < GUESS_PACKETS_MAX)
		return false;
	*app = guess_last(g, t, by_port);
	return true;
}

const char *guess_last(struct guess *g, struct guess_trial *t, bool *by_port)
{
	uint8_t guessed = 0;
	ndpi_protocol found = ndpi_detection_giveup(g->module, &t->flow, 1, &guessed);

	*by_port = guessed || t->flow.confidence == NDPI_CONFIDENCE_MATCH_BY_PORT;
	return answer_of(t, &found);
}

uint64_t guess_ceiling_bytes(void)
{
	return MODULE_BYTES + (uint64_t)GUESS_TRIALS_MAX * sizeof(struct guess_trial);
}
