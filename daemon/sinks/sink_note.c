#include <string.h>

#include "base/phrase.h"
#include "sinks/sink.h"

static const struct {
	enum sink_note note;
	const char *word, *text;
} notes[] = {
    {SINK_MAY_EVICT, "may_evict",
     PHRASE_LATER("may remove alerts when its memory is full (maxmemory-policy allkeys-...): set noeviction or "
		  "volatile-lru")},
    {SINK_FORGETS, "forgets",
     PHRASE_LATER("keeps nothing on disk: after a restart, what has left the outbox is gone. Set appendonly yes")},
    {SINK_READER_LOSES, "reader_loses",
     PHRASE_LATER("a consumer group reads more slowly than the stream is trimmed, and loses alerts. Raise redis.maxlen "
		  "or redis.keep_hours, or speed up the reader")},
    {SINK_KEEPS_LONGER, "keeps_longer",
     PHRASE_LATER("does not remove entries by age (redis.keep_hours): it needs Redis 6.2 or newer, and +xtrim for the "
		  "user")},
};

const char *sink_note_word(enum sink_note note)
{
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		if (notes[i].note == note)
			return notes[i].word;
	}
	return NULL;
}

const char *sink_note_text(const char *word)
{
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		if (strcmp(notes[i].word, word) == 0)
			return notes[i].text;
	}
	return NULL;
}
