#include "alert/alert_row.h"

#include <string.h>

#include "alert/alert_json.h"
#include "alert/alerts_db.h"

bool alert_row_json(sqlite3_stmt *s, const char *change, struct json *j)
{
	const char *state = alerts_db_text(s, 4);
	struct alert_life life = {.first_seen_ns = sqlite3_column_int64(s, 1),
				  .last_seen_ns = sqlite3_column_int64(s, 2),
				  .count = (uint64_t)sqlite3_column_int64(s, 3),
				  .state = state,
				  .change = change,
				  .incident = alerts_db_text(s, 5),
				  .pcap = alerts_db_text(s, 6),
				  .sha256 = alerts_db_text(s, 7),
				  .who = alerts_db_text(s, 8),
				  .reason = alerts_db_text(s, 9),
				  .until_ns = strcmp(state, "muted") == 0 ? sqlite3_column_int64(s, 10) : 0,
				  .evidence_open = sqlite3_column_int(s, 11) != 0};

	json_reset(j);
	json_put(j, alerts_db_text(s, 0), (size_t)sqlite3_column_bytes(s, 0));
	alert_json_life(j, &life);
	return !j->overflow;
}
