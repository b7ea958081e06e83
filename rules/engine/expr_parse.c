/*
 *     condition  = chain of "or" over chains of "and" over
 *     factor     = not factor | ( condition ) | field | field OPERATOR value
 *
 * First a tree in temporary memory, then the row of tests: laid out from its end, so that each test's successors are
 * known when it is placed and evaluation walks forward.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/expr.h"
#include "engine/expr_value.h"
#include "engine/features.h"
#include "engine/same_test.h"
#include "base/phrase.h"

enum node_kind { NODE_TEST, NODE_AND, NODE_OR, NODE_NOT };

struct node {
	enum node_kind kind;
	uint32_t a, b; /* nodes; of NODE_TEST: a is the test */
};

int expr_fail(struct expr_error *err, size_t at_off, const char *fmt, ...)
{
	va_list ap;

	err->at_off = at_off;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), phrase(fmt), ap);
	va_end(ap);
	return -EINVAL;
}

/* Is @object among @objects, "modbus|anomaly"? */
static bool is_among(const char *object, const char *objects)
{
	size_t len = strlen(object);

	for (const char *at = objects; at; at = strchr(at, '|')) {
		at += *at == '|';
		if (strncmp(at, object, len) == 0 && (at[len] == '\0' || at[len] == '|'))
			return true;
	}
	return false;
}

int expr_operand(struct operand *out, struct span name, size_t at_off, const char *object,
		 const struct field_registry *fields, struct expr_error *err)
{
	char text[128], near[128];

	snprintf(text, sizeof(text), "%.*s", (int)(name.len < sizeof(text) ? name.len : sizeof(text)),
		 (const char *)name.ptr);
	if (!operand_find(fields, text, out)) {
		const char *nearest = operand_nearest(fields, text, near, sizeof(near));
		if (nearest)
			return expr_fail(err, at_off, "unknown field \"%s\". Did you mean \"%s\"?", text, nearest);
		return expr_fail(err, at_off, "unknown field \"%s\". `sekisho decode --fields %s` lists the fields",
				 text, object);
	}
	if (out->field && !is_among(out->field->table->object, object))
		return expr_fail(err, at_off,
				 "\"%s\" does not occur in %s records. Use a field of %s, or write \"on: %s\"", text,
				 object, object, out->field->table->object);
	return 0;
}

const struct token *expr_peek(struct expr_parser *p)
{
	if (!p->has_next) {
		p->next = lexer_next(&p->lx);
		p->has_next = true;
	}
	return &p->next;
}

struct token expr_advance(struct expr_parser *p)
{
	struct token t = *expr_peek(p);

	p->has_next = false;
	return t;
}

/* Says what stands where something else was expected. */
static int unexpected(struct expr_parser *p, const struct token *t, const char *expected)
{
	if (t->kind == TOKEN_END)
		return expr_fail(p->err, t->at_off, "the condition ends where %s should follow", expected);
	if (t->kind == TOKEN_UNCLOSED)
		return expr_fail(p->err, t->at_off, "this text has no closing quote (\")");
	if (t->kind == TOKEN_STRANGE && t->text.ptr[0] == '=')
		return expr_fail(p->err, t->at_off, "\"=\" is no operator. Write \"==\" to compare");
	return expr_fail(p->err, t->at_off, "expected %s here, not \"%.*s\"", expected, (int)span_head(t->text, 80).len,
			 (const char *)t->text.ptr);
}

static int add_node(struct expr_parser *p, enum node_kind kind, uint32_t a, uint32_t b, uint32_t *out)
{
	if (p->n_nodes == p->cap_nodes) {
		size_t cap = p->cap_nodes ? 2 * p->cap_nodes : 16;
		struct node *nodes = realloc(p->nodes, cap * sizeof(*nodes));
		if (!nodes)
			return -ENOMEM;
		p->nodes = nodes;
		p->cap_nodes = cap;
	}
	*out = (uint32_t)p->n_nodes;
	p->nodes[p->n_nodes++] = (struct node){kind, a, b};
	return 0;
}

static int add_test(struct expr_parser *p, const struct test *t, size_t at_off, uint32_t *out)
{
	if (p->n_tests == EXPR_TESTS_MAX)
		return expr_fail(p->err, at_off,
				 "more than %d comparisons in one condition. Put values into a set: in {..}",
				 EXPR_TESTS_MAX);
	if (p->n_tests == p->cap_tests) {
		size_t cap = p->cap_tests ? 2 * p->cap_tests : 8;
		struct test *tests = realloc(p->tests, cap * sizeof(*tests));
		if (!tests)
			return -ENOMEM;
		p->tests = tests;
		p->cap_tests = cap;
	}
	p->tests[p->n_tests] = *t;
	return add_node(p, NODE_TEST, (uint32_t)p->n_tests++, 0, out);
}

static bool is_operator(enum token_kind kind)
{
	return kind >= TOKEN_EQ && kind <= TOKEN_MATCHES;
}

/* field, or field OPERATOR value */
static int parse_test(struct expr_parser *p, uint32_t *out)
{
	struct token name = expr_advance(p);
	struct test t = {.kind = TEST_PRESENT};
	bool inverted = false;

	if (name.kind == TOKEN_WORD && span_eq(name.text, span_str("lower")) && expr_peek(p)->kind == TOKEN_OPEN) {
		(void)expr_advance(p);
		name = expr_advance(p);
		t.fold = true;
	}
	if (name.kind != TOKEN_WORD)
		return unexpected(p, &name, phrase("a field name, \"not\" or \"(\""));
	int err = expr_operand(&t.op, name.text, name.at_off, p->object, p->fields, p->err);
	if (!err && t.fold && t.op.type != VALUE_TEXT)
		err = expr_fail(p->err, name.at_off, "\"lower\" is for texts, and \"%.*s\" is %s", (int)name.text.len,
				(const char *)name.text.ptr, value_type_name(t.op.type));
	if (!err && t.fold && expr_peek(p)->kind != TOKEN_CLOSE)
		err = unexpected(p, expr_peek(p), "\")\"");
	if (err)
		return err;
	if (t.fold)
		(void)expr_advance(p);
	if (expr_peek(p)->kind == TOKEN_NOT) { /* x not in {..} */
		(void)expr_advance(p);
		inverted = true;
		if (expr_peek(p)->kind != TOKEN_IN)
			return unexpected(p, expr_peek(p), phrase("\"in\""));
	}
	if (is_operator(expr_peek(p)->kind)) {
		struct token sign = expr_advance(p);
		err = expr_value_read(p, sign, name.text, &t);
		if (err)
			return err;
		t.negate ^= inverted;
	} else if (t.op.type == VALUE_BOOL) {
		t.kind = TEST_KEY;
		t.n = 1;
		t.range = (struct key_range){1, 1};
	}
	return add_test(p, &t, name.at_off, out);
}

static int parse_condition(struct expr_parser *p, uint32_t *out);

static int parse_factor(struct expr_parser *p, uint32_t *out)
{
	const struct token *t = expr_peek(p);
	int err;

	if (t->kind != TOKEN_NOT && t->kind != TOKEN_OPEN)
		return parse_test(p, out);
	if (++p->depth > EXPR_DEPTH_MAX)
		return expr_fail(p->err, t->at_off, "more than %d parentheses inside one another", EXPR_DEPTH_MAX);
	struct token opened = expr_advance(p);
	if (opened.kind == TOKEN_NOT) {
		err = parse_factor(p, out);
		if (!err)
			err = add_node(p, NODE_NOT, *out, 0, out);
	} else {
		err = parse_condition(p, out);
		if (!err && expr_peek(p)->kind != TOKEN_CLOSE)
			err = expr_peek(p)->kind == TOKEN_END
				  ? expr_fail(p->err, opened.at_off, "this \"(\" is never closed")
				  : unexpected(p, expr_peek(p), phrase("\"and\", \"or\" or \")\""));
		if (!err)
			(void)expr_advance(p);
	}
	p->depth--;
	return err;
}

static int parse_chain(struct expr_parser *p, enum token_kind joint, enum node_kind kind,
		       int (*link)(struct expr_parser *p, uint32_t *out), uint32_t *out)
{
	uint32_t left, right;
	int err = link(p, &left);

	while (!err && expr_peek(p)->kind == joint) {
		(void)expr_advance(p);
		err = link(p, &right);
		if (!err)
			err = add_node(p, kind, left, right, &left);
	}
	if (!err)
		*out = left;
	return err;
}

static int parse_all_of(struct expr_parser *p, uint32_t *out)
{
	return parse_chain(p, TOKEN_AND, NODE_AND, parse_factor, out);
}

static int parse_condition(struct expr_parser *p, uint32_t *out)
{
	return parse_chain(p, TOKEN_OR, NODE_OR, parse_all_of, out);
}

static bool is_on_wire(const struct test *t)
{
	return operand_is_on_wire(&t->op) && (t->kind != TEST_SAME || operand_is_on_wire(t->other));
}

/* Indicators are read before conditions: of a type of which there are none, none will ever fit. */
static bool never_holds(const struct test *t)
{
	return t->kind == TEST_INDICATOR && !t->negate &&
	       (!t->indicators || !indicators_have(t->indicators, (enum indicator_type)t->type));
}

/* Where the tests of a condition are being laid. */
struct layout {
	struct expr *x;
	const struct expr_parser *p;
	uint16_t free_end;
	bool wire; /* leave out what the wire cannot say, in favour of the condition */
};

/* Places the tests of @node before what has been placed; @return the first one to evaluate. @negated: under an odd
 * number of nots. */
static uint16_t place(struct layout *l, uint32_t node, bool negated, uint16_t yes, uint16_t no)
{
	const struct node *n = &l->p->nodes[node];

	switch (n->kind) {
	case NODE_NOT:
		return place(l, n->a, !negated, no, yes);
	case NODE_AND:
		yes = place(l, n->b, negated, yes, no);
		return place(l, n->a, negated, yes, no);
	case NODE_OR:
		no = place(l, n->b, negated, yes, no);
		return place(l, n->a, negated, yes, no);
	default:
		break;
	}
	if (l->wire && !is_on_wire(&l->p->tests[n->a]))
		return negated ? no : yes;
	if (never_holds(&l->p->tests[n->a]))
		return no;
	if (yes == no) /* what follows does not depend on it */
		return yes;
	struct test *t = &l->x->tests[--l->free_end];
	*t = l->p->tests[n->a];
	t->yes = yes;
	t->no = no;
	t->plain = t->kind == TEST_KEY
		       ? t->n == 1 && operand_is_plain(&t->op)
		       : t->kind == TEST_PRESENT && t->op.source == SOURCE_FIELD && t->op.twin == t->op.field;
	t->same = l->p->memory->same && !l->wire ? same_tests_number(l->p->memory->same, t) : 0;
	t->feature = l->p->memory->features && !l->wire ? features_number(l->p->memory->features, t) : FEATURE_NONE;
	l->x->needs_all |= !t->op.key || (t->kind == TEST_SAME && !t->other->key);
	l->x->varies |= t->kind == TEST_INDICATOR /* they expire */ || operand_varies(&t->op) ||
			(t->kind == TEST_SAME && operand_varies(t->other));
	return l->free_end;
}

static struct expr *lay(const struct expr_parser *p, uint32_t top, bool wire)
{
	struct expr *x = arena_alloc(p->memory->arena, sizeof(*x) + p->n_tests * sizeof(x->tests[0]));
	struct layout l = {.x = x, .p = p, .free_end = (uint16_t)p->n_tests, .wire = wire};

	if (!x)
		return NULL;
	*x = (struct expr){.n_tests = l.free_end};
	x->first = place(&l, top, false, EXPR_YES, EXPR_NO);
	return x;
}

static int assemble(struct expr_parser *p, uint32_t top, struct expr **out)
{
	struct expr *x = lay(p, top, false), *wire = lay(p, top, true);

	if (!x || !wire)
		return -ENOMEM;
	x->wire = wire;
	*out = x;
	return 0;
}

int expr_compile(struct expr **out, const char *text, const char *object, const struct field_registry *fields,
		 struct expr_memory *m, struct expr_error *err)
{
	struct expr_parser p = {.lx = {text, text}, .object = object, .fields = fields, .memory = m, .err = err};
	uint32_t top;
	int e = parse_condition(&p, &top);

	if (!e && expr_peek(&p)->kind != TOKEN_END)
		e = unexpected(&p, expr_peek(&p), phrase("\"and\", \"or\" or the end"));
	if (!e)
		e = assemble(&p, top, out);
	free(p.nodes);
	free(p.tests);
	return e;
}

void expr_memory_deinit(struct expr_memory *m)
{
	for (; m->regexes; m->regexes = m->regexes->next)
		regfree(&m->regexes->regex);
}
