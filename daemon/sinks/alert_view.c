#include "sinks/alert_view.h"

#include <stdio.h>
#include <string.h>

bool alert_view_open(struct alert_view *v, const char *json, size_t len)
{
	*v = (struct alert_view){.root = json_loadb(json, len, JSON_ALLOW_NUL, NULL)};
	/* a 64-bit identifier of some protocol may be beyond jansson's integers: read as a real it is good enough for
	 * us */
	if (!v->root)
		v->root = json_loadb(json, len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
	if (!json_is_object(v->root)) {
		json_decref(v->root);
		v->root = NULL;
		return false;
	}
	v->alert = json_object_get(v->root, "alert");
	v->sekisho = json_object_get(v->root, "sekisho");
	v->src = json_object_get(v->sekisho, "src");
	v->dest = json_object_get(v->sekisho, "dest");
	v->sev = json_object_get(v->sekisho, "sev");
	v->evidence = json_object_get(v->sekisho, "evidence");
	v->object = json_object_get(v->sekisho, "object");
	return true;
}

void alert_view_close(struct alert_view *v)
{
	json_decref(v->root);
	*v = (struct alert_view){0};
}

const char *view_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

double view_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

bool view_has(const json_t *object, const char *key)
{
	const json_t *member = json_object_get(object, key);

	return member && !json_is_null(member);
}

const char *view_scalar(const json_t *object, const char *key, char *buf, size_t size)
{
	const json_t *member = json_object_get(object, key);

	buf[0] = '\0';
	if (json_is_string(member))
		snprintf(buf, size, "%s", json_string_value(member));
	else if (json_is_integer(member))
		snprintf(buf, size, "%lld", (long long)json_integer_value(member));
	else if (json_is_real(member))
		snprintf(buf, size, "%.15g", json_real_value(member));
	else if (json_is_boolean(member))
		snprintf(buf, size, "%s", json_is_true(member) ? "true" : "false");
	return buf;
}

const char *view_joined(const json_t *object, const char *key, const char *sep, char *buf, size_t size)
{
	const json_t *list = json_object_get(object, key);
	size_t len = 0, i;
	json_t *item;

	buf[0] = '\0';
	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);
		if (!text)
			continue;
		size_t need = strlen(text) + (len ? strlen(sep) : 0);
		if (len + need + 1 > size)
			break;
		len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? sep : "", text);
	}
	return buf;
}

const char *view_zones(const struct alert_view *v, char *buf, size_t size)
{
	const char *src = view_text(v->src, "zone"), *dest = view_text(v->dest, "zone");

	if (!*dest || strcmp(src, dest) == 0)
		snprintf(buf, size, "%s", src);
	else if (!*src)
		snprintf(buf, size, "%s", dest);
	else
		snprintf(buf, size, "%s>%s", src, dest);
	return buf;
}

unsigned view_score(const struct alert_view *v)
{
	double score = view_number(v->sev, "final");

	return score <= 0 ? 0 : score >= 100 ? 100 : (unsigned)score;
}

const char *view_usage(const struct alert_view *v, char *buf, size_t size)
{
	const json_t *end = *view_text(v->dest, "usage") ? v->dest : v->src;

	buf[0] = '\0';
	if (*view_text(end, "usage"))
		snprintf(buf, size, "%s/%s", view_text(end, "usage"), view_text(end, "use_case"));
	return buf;
}

const char *view_rfc3339(const char *eve, char out[static VIEW_TIME_MAX])
{
	size_t len = strlen(eve), zone = len > 5 ? len - 5 : 0;

	if (len < 24 || len > 34 || (eve[zone] != '+' && eve[zone] != '-'))
		out[0] = '\0';
	else if (strcmp(eve + zone, "+0000") == 0)
		snprintf(out, VIEW_TIME_MAX, "%.*sZ", (int)zone, eve);
	else
		snprintf(out, VIEW_TIME_MAX, "%.*s%.3s:%s", (int)zone, eve, eve + zone, eve + zone + 3);
	return out;
}
