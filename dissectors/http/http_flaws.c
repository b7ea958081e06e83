#include "http/http_flaws.h"

#include "http/http.h"

static const struct {
	uint8_t type; /* enum anomaly_type */
	const char *reason;
} flaw[HTTP_FLAWS] = {
    [HTTP_FLAW_TE_AND_CL] = {ANOMALY_MALFORMED, "te_and_cl"},
    [HTTP_FLAW_DUPLICATE_CL] = {ANOMALY_MALFORMED, "duplicate_cl"},
    [HTTP_FLAW_BAD_CL] = {ANOMALY_MALFORMED, "bad_content_length"},
    [HTTP_FLAW_DUPLICATE_TE] = {ANOMALY_MALFORMED, "duplicate_te"},
    [HTTP_FLAW_UNKNOWN_TE] = {ANOMALY_MALFORMED, "unknown_transfer_encoding"},
    [HTTP_FLAW_TE_NOT_LAST] = {ANOMALY_MALFORMED, "chunked_not_last"},
    [HTTP_FLAW_TE_IN_HTTP10] = {ANOMALY_MALFORMED, "te_in_http10"},
    [HTTP_FLAW_BARE_LF] = {ANOMALY_MALFORMED, "bare_lf"},
    [HTTP_FLAW_BARE_CR] = {ANOMALY_MALFORMED, "bare_cr"},
    [HTTP_FLAW_OBS_FOLD] = {ANOMALY_MALFORMED, "obs_fold"},
    [HTTP_FLAW_SPACE_BEFORE_COLON] = {ANOMALY_MALFORMED, "space_before_colon"},
    [HTTP_FLAW_BAD_HEADER] = {ANOMALY_MALFORMED, "bad_header_line"},
    [HTTP_FLAW_NUL] = {ANOMALY_MALFORMED, "nul_in_header"},
    [HTTP_FLAW_DUPLICATE_HOST] = {ANOMALY_MALFORMED, "duplicate_host"},
    [HTTP_FLAW_NO_HOST] = {ANOMALY_MALFORMED, "missing_host"},
    [HTTP_FLAW_BAD_VERSION] = {ANOMALY_MALFORMED, "bad_version"},
    [HTTP_FLAW_SPACE_IN_TARGET] = {ANOMALY_MALFORMED, "space_in_target"},
    [HTTP_FLAW_BAD_STATUS] = {ANOMALY_MALFORMED, "bad_status_line"},
    [HTTP_FLAW_HEAD_TOO_LONG] = {ANOMALY_LIMIT, "header_too_long"},
    [HTTP_FLAW_HEAD_LONG] = {ANOMALY_LIMIT, "header_over_8_kib"},
    [HTTP_FLAW_TOO_MANY_HEADERS] = {ANOMALY_LIMIT, "too_many_headers"},
    [HTTP_FLAW_CHUNK_SIZE] = {ANOMALY_MALFORMED, "bad_chunk_size"},
    [HTTP_FLAW_CHUNK_OVERFLOW] = {ANOMALY_MALFORMED, "chunk_size_overflow"},
    [HTTP_FLAW_CHUNK_BLANK] = {ANOMALY_MALFORMED, "chunk_size_blank"},
    [HTTP_FLAW_CHUNK_END] = {ANOMALY_MALFORMED, "chunk_longer_than_its_size"},
    [HTTP_FLAW_CHUNK_LF] = {ANOMALY_MALFORMED, "chunk_bare_lf"},
    [HTTP_FLAW_TRAILERS] = {ANOMALY_LIMIT, "too_many_trailers"},
    [HTTP_FLAW_JUNK] = {ANOMALY_NOT_PROTOCOL, "no_message_starts_here"},
    [HTTP_FLAW_NO_REQUEST] = {ANOMALY_MALFORMED, "response_without_request"},
    [HTTP_FLAW_UNASKED_SWITCH] = {ANOMALY_MALFORMED, "switch_not_asked_for"},
    [HTTP_FLAW_UNNAMED_SWITCH] = {ANOMALY_MALFORMED, "switch_without_upgrade"},
};

void http_flaws_told(struct emitter *out, uint32_t flaws)
{
	for (; flaws; flaws &= flaws - 1) {
		unsigned no = (unsigned)__builtin_ctz(flaws);
		emit_anomaly(out, http_dissector.name, (enum anomaly_type)flaw[no].type, flaw[no].reason, 0, 0);
	}
}
