#include "engine/rule_words.h"

#include <errno.h>

const char *const language_keys[LANGUAGE_COUNT + 1] = {"en", "ja", NULL};
const char *const wording_keys[WORDING_COUNT + 1] = {"title", "what", "action", "dont", "limits", NULL};

/* Where a text was found. */
struct found {
	const struct rule_file *file;
	const struct yaml_node *node;
};

static struct found find_words(const struct rule_file *s, const struct yaml_node *rule, const char *id,
			       struct rule_file *const texts[LANGUAGE_COUNT], enum wording w, enum language l)
{
	const struct yaml_node *own = yaml_get(yaml_get(rule, wording_keys[w]), language_keys[l]);
	struct found f = {s, own};

	if (own || !texts[l])
		return f;
	f.file = texts[l];
	for (size_t i = 0; i < texts[l]->doc.n_roots && !f.node; i++)
		f.node = yaml_get(yaml_get(texts[l]->doc.roots[i], id), wording_keys[w]);
	return f;
}

/* One line, whatever lines the YAML had; bytes keep their places. */
static void one_line(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
		text[--len] = '\0';
	for (; *text; text++) {
		if (*text == '\n' || *text == '\t')
			*text = ' ';
	}
}

static int read_words(struct rules *r, struct rule *rule, const struct found *f, enum wording w, enum language l,
		      struct complaint *c)
{
	struct template *templates[] = {[WORDING_TITLE] = &rule->title[l],
					[WORDING_ACTION] = &rule->action[l],
					[WORDING_DONT] = &rule->dont[l],
					[WORDING_WHAT] = NULL,
					[WORDING_LIMITS] = NULL};
	const char **texts[LANGUAGE_COUNT][WORDING_COUNT] = {
	    {&rule->info.title_en, &rule->info.what_en, &rule->info.action_en, &rule->info.dont_en,
	     &rule->info.limits_en},
	    {&rule->info.title_ja, &rule->info.what_ja, &rule->info.action_ja, &rule->info.dont_ja,
	     &rule->info.limits_ja},
	};
	struct expr_error why;
	char *copy;

	*texts[l][w] = "";
	if (!f->node)
		return 0;
	if (f->node->kind != YAML_SCALAR || f->node->text[0] == '\0')
		return yaml_complain(&f->file->doc, f->node, c, "\"%s\" of %s must be a text", wording_keys[w],
				     rule->info.id);
	copy = rule_copy(r, f->node->text);
	if (!copy)
		return -ENOMEM;
	one_line(copy);
	*texts[l][w] = copy;
	if (!templates[w] && strpbrk(copy, "{}"))
		return rule_file_complain(
		    f->file, f->node, strcspn(copy, "{}"), c,
		    "\"what\" and \"limits\" are plain text: gaps are filled in title, action and dont");
	if (!templates[w])
		return 0;
	int err = template_compile(templates[w], copy, rule->kinds, r->fields, &r->arena, &why);
	return err == -EINVAL ? rule_file_complain(f->file, f->node, why.at_off, c, why.text) : err;
}

int rule_words_read(struct rules *r, struct rule *rule, const struct rule_file *s, const struct yaml_node *node,
		    struct rule_file *const texts[LANGUAGE_COUNT], struct complaint *c)
{
	static const char *const names[LANGUAGE_COUNT] = {"English", "Japanese"};

	for (int w = 0; w < WORDING_COUNT; w++) {
		const struct yaml_node *own = yaml_get(node, wording_keys[w]);
		if (own && own->kind != YAML_MAP)
			return yaml_complain(&s->doc, own, c,
					     "write both languages here: %s: { en: \"...\", ja: \"...\" }",
					     wording_keys[w]);
		int err = own ? yaml_only_keys(&s->doc, own, language_keys, c) : 0;
		for (int l = 0; l < LANGUAGE_COUNT && !err; l++) {
			struct found f = find_words(s, node, rule->info.id, texts, (enum wording)w, (enum language)l);
			if (!f.node && w == WORDING_TITLE)
				return yaml_complain(
				    &s->doc, own ? own : node, c,
				    "rule %s has no %s title. Add \"title: { en: ..., ja: ... }\", or its id to %s",
				    rule->info.id, names[l], texts[l] ? texts[l]->doc.file : "the texts");
			err = read_words(r, rule, &f, (enum wording)w, (enum language)l, c);
		}
		if (err)
			return err;
	}
	return 0;
}

int rule_check_texts(const struct rule_file *s, struct complaint *c)
{
	for (size_t i = 0; i < s->doc.n_roots; i++) {
		if (s->doc.roots[i]->kind != YAML_MAP)
			return yaml_complain(&s->doc, s->doc.roots[i], c,
					     "expected rule ids here, each with its title, what, action and dont");
		for (const struct yaml_node *n = s->doc.roots[i]->child; n; n = n->next) {
			int err = yaml_only_keys(&s->doc, n, wording_keys, c);
			if (err)
				return err;
		}
	}
	return 0;
}
