#include <string.h>

#include "base/phrase.h"
#include "sinks/sink.h"

static const struct {
	enum sink_note note;
	const char *word, *text;
	bool fault;
} notes[] = {
    {SINK_MAY_EVICT, "may_evict",
     PHRASE_LATER("may remove alerts when its memory is full (maxmemory-policy allkeys-...): set noeviction or "
		  "volatile-lru"),
     false},
    {SINK_FORGETS, "forgets",
     PHRASE_LATER("keeps nothing on disk: after a restart, what has left the outbox is gone. Set appendonly yes"),
     false},
    {SINK_READER_LOSES, "reader_loses",
     PHRASE_LATER("a consumer group reads more slowly than the stream is trimmed, and loses alerts. Raise redis.maxlen "
		  "(and redis.keep_hours where it is set), or speed up the reader"),
     false},
    {SINK_KEEPS_LONGER, "keeps_longer",
     PHRASE_LATER("does not remove entries by age (redis.keep_hours): it needs Redis 6.2 or newer, and +xtrim for the "
		  "user"),
     false},
    {SINK_ENDS_LATER, "ends_later",
     PHRASE_LATER("the stream ends later than the numbers of some alerts: it refuses them, and they are missing there. "
		  "Does another sensor have the same name, or was the clock set back? sekisho alerts has them all"),
     true},
    {SINK_LIST_REFUSED, "list_refused",
     PHRASE_LATER("refuses the list (redis.list): who reads it gets no alerts. The log says why"), true},
    {SINK_CHANNEL_REFUSED, "channel_refused",
     PHRASE_LATER("refuses the channel (redis.channel): who listens gets no alerts. The log says why"), true},
    {SINK_COMMANDS_REFUSED, "commands_refused",
     PHRASE_LATER("refuses the keys of the commands (redis.commands): none are taken. The log says why"), false},
    {SINK_KEYS_REFUSED, "keys_refused",
     PHRASE_LATER("refuses the asset and status keys: who reads them sees none, or old ones. The log says why"), false},
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

bool sink_note_is_fault(const char *word)
{
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
		if (strcmp(notes[i].word, word) == 0)
			return notes[i].fault;
	}
	return false;
}

bool sink_note_keep(struct sink *s, enum sink_note which, bool holds)
{
	unsigned before = s->counters.notes, now = holds ? before | which : before & ~(unsigned)which;

	__atomic_store_n(&s->counters.notes, now, __ATOMIC_RELAXED);
	return (now & ~before) != 0;
}

void sink_note_set(struct sink *s, enum sink_note which, bool holds, const char *label)
{
	if (sink_note_keep(s, which, holds))
		log_warning("%s: %s: %s", s->ops->kind, label, phrase(sink_note_text(sink_note_word(which))));
}
