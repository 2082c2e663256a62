/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/acl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "store/state.h"

#define LINE_LONGEST 256

static const struct kind {
	const char	*word;
	enum wire_rule	 kind;
	int		 words;		/* on its line */
} kinds[] = {
	{ "operator", WIRE_rule_operator, 3 },
	{ "vm",	      WIRE_rule_vm,	  3 },
	{ "audience", WIRE_rule_audience, 3 },
	{ "person",   WIRE_rule_person,	  2 },
	{ "channel",  WIRE_rule_channel,  3 },
	{ "release",  WIRE_rule_release,  3 },
};

struct reading {
	FILE		*file;
	const char	*path;
	unsigned	 line;
	struct acl	*acl;
};

static void
reading_close(struct reading *r)
{
	if (r->file != NULL)
		fclose(r->file);
}

void
acl_drop(struct acl *a)
{
	free(a->rules);
	*a = (struct acl){ 0 };
}

static enum err
bad(const struct reading *r, const char *why)
{
	return log_err(ERR_MALFORMED, "%s:%u: %s", r->path, r->line, why);
}

#define SCOPE_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

/* what:which, or what:* */
static bool
is_scope(const char *s)
{
	const size_t what = strspn(s, SCOPE_LETTERS);
	const char *which = s + what + 1;

	if (what == 0 || s[what] != ':' || strlen(s) > 64)
		return false;
	return strcmp(which, "*") == 0 || (which[0] != '\0' &&
	    strspn(which, SCOPE_LETTERS) == strlen(which));
}

/* An identifier of the protocol. */
static bool
is_id(const char *s)
{
	const size_t len = strlen(s);

	return len >= 1 && len <= 64 && strspn(s, LETTERS DIGITS) > 0 &&
	    strspn(s, LETTERS DIGITS "._-") == len;
}

static const struct kind *
find_kind(const char *word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].word, word) == 0)
			return &kinds[i];
	return NULL;
}

static enum err
add(struct reading *r, const struct msg_rule *rule)
{
	struct acl *a = r->acl;

	for (size_t i = 0; i < a->n; i++)
		if (a->rules[i].kind == rule->kind &&
		    strcmp(a->rules[i].name.at, rule->name.at) == 0 &&
		    strcmp(a->rules[i].scope.at, rule->scope.at) == 0)
			return bad(r, "this rule is there already");
	if (a->n == STATE_RULES)
		return bad(r, "there are too many rules");
	a->rules[a->n++] = *rule;
	return ERR_OK;
}

static enum err
parse(const struct reading *r, char *const words[], int n,
    struct msg_rule *rule)
{
	const struct kind *k = find_kind(words[0]);
	const char *name = n == 3 ? words[1] : "*";
	const char *scope = words[n - 1];

	if (k == NULL)
		return bad(r, "a rule begins with operator, vm, audience, "
		    "person, channel or release");
	if (n != k->words)
		return bad(r, k->words == 3 ? "two words belong behind the "
		    "first one" : "one word belongs behind the first one");
	if (strcmp(name, "*") != 0 && !is_id(name))
		return bad(r, "the name is neither an identifier nor *");
	if (k->kind == WIRE_rule_channel && !is_id(scope))
		return bad(r, "the vm_id is no identifier");
	if (k->kind != WIRE_rule_channel && !is_scope(scope))
		return bad(r, "the scope is neither what:which nor what:*");
	rule->kind = k->kind;
	TRY(WIRE_SET_TEXT(rule->name, span_text(name)));
	return WIRE_SET_TEXT(rule->scope, span_text(scope));
}

static enum err
take_line(struct reading *r, char *line)
{
	struct msg_rule rule = { .kind = WIRE_rule_none };
	char *words[4], *rest = NULL, *word;
	int n = 0;

	line[strcspn(line, "#")] = '\0';
	for (word = strtok_r(line, " \t\n", &rest); word != NULL && n < 4;
	    word = strtok_r(NULL, " \t\n", &rest))
		words[n++] = word;
	if (n == 0)
		return ERR_OK;
	if (n == 1 || n == 4)
		return bad(r, "a rule has two or three words");
	TRY(parse(r, words, n, &rule));
	return add(r, &rule);
}

/* A line that does not fit, or ends in a NUL, is none of ours. */
static bool
whole(const struct reading *r, const char *line)
{
	return strchr(line, '\n') != NULL || feof(r->file);
}

enum err
acl_read(const char *path, struct acl *out)
{
	struct reading r OWNED(reading_close) = { .path = path, .acl = out };
	char line[LINE_LONGEST];

	*out = (struct acl){ .rules = calloc(STATE_RULES,
	    sizeof(out->rules[0])) };
	if (out->rules == NULL)
		return log_err(ERR_LIMIT, "no memory");
	if ((r.file = fopen(path, "re")) == NULL)
		return log_errno("%s", path);
	while (fgets(line, sizeof(line), r.file) != NULL) {
		r.line++;
		if (!whole(&r, line))
			return bad(&r, "the line is too long, or has a NUL");
		TRY(take_line(&r, line));
	}
	if (ferror(r.file))
		return log_errno("%s", path);
	return out->n > 0 ? ERR_OK :
	    log_err(ERR_MALFORMED, "%s: there is no rule in it", path);
}
