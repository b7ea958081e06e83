/* One value of a written event: its name resolved, its text read by the type of what it sets. */
#ifndef SEKISHO_RULES_SCENE_VALUE_H
#define SEKISHO_RULES_SCENE_VALUE_H

#include "engine/operand.h"
#include "engine/scene.h"

enum { NAMES_KEPT = 64 };

/* A name that was looked up before: a look-up goes through all fields. */
struct known_name {
	char name[64];
	struct operand op;
};

/* An event while it is put together. */
struct building {
	const struct scene *scene;
	struct arena *arena; /* of the event */
	struct arena *kept;  /* of the scene */
	bool passing;        /* the text being read lives no longer than the event */
	struct complaint *c;
	struct event ev;
	struct event_value values[EVENT_VALUES_MAX];
	struct endpoint ends[2];
	struct known_name known[NAMES_KEPT]; /* of the scene */
	unsigned n_known;
	bool said_asset[2], said_ip[2], said_mac[2], no_dest;
};

/** Sets @name to @text, for the complaint written at @n. @return 0; -EINVAL with the complaint made; -ENOMEM. */
int scene_set(struct building *b, const char *name, const char *text, const struct yaml_node *n);

/** Says at @n that it is wrong. @return -EINVAL. */
int scene_complain(struct building *b, const struct yaml_node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
