/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/acl.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define SCOPE_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_-"

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
	{ "attest",   WIRE_rule_attest,	  3 },
	{ "vouch",    WIRE_rule_vouch,	  3 },
};

static enum err
bad(struct acl_text *t, const char *why)
{
	t->why = why;
	return ERR_MALFORMED;
}

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
parse(struct acl_text *t, char *const words[], int n, struct msg_rule *rule)
{
	const struct kind *k = find_kind(words[0]);
	const char *name = n == 3 ? words[1] : "*";
	const char *scope = words[n - 1];

	if (k == NULL)
		return bad(t, "a rule begins with operator, vm, audience, "
		    "person, channel, release, attest or vouch");
	if (n != k->words)
		return bad(t, k->words == 3 ? "two words belong behind the "
		    "first one" : "one word belongs behind the first one");
	if (strcmp(name, "*") != 0 && !is_id(name))
		return bad(t, "the name is neither an identifier nor *");
	if (k->kind == WIRE_rule_channel && !is_id(scope))
		return bad(t, "the vm_id is no identifier");
	if (k->kind != WIRE_rule_channel && !is_scope(scope))
		return bad(t, "the scope is neither what:which nor what:*");
	*rule = (struct msg_rule){ .kind = k->kind };
	TRY(WIRE_SET_TEXT(rule->name, span_text(name)));
	return WIRE_SET_TEXT(rule->scope, span_text(scope));
}

/* BUSY for a line without a rule. */
static enum err
take_line(struct acl_text *t, char *line, struct msg_rule *rule)
{
	char *words[4], *rest = NULL, *word;
	int n = 0;

	line[strcspn(line, "#")] = '\0';
	for (word = strtok_r(line, " \t", &rest); word != NULL && n < 4;
	    word = strtok_r(NULL, " \t", &rest))
		words[n++] = word;
	if (n == 0)
		return ERR_BUSY;
	if (n == 1 || n == 4)
		return bad(t, "a rule has two or three words");
	return parse(t, words, n, rule);
}

/* What is up to the next line end, which the last line need not have. */
static struct span
cut_line(struct span *rest)
{
	const uint8_t *end = memchr(rest->at, '\n', rest->len);
	const struct span line = { rest->at,
	    end != NULL ? (size_t)(end - rest->at) : rest->len };
	const size_t used = line.len + (end != NULL);

	*rest = (struct span){ rest->at + used, rest->len - used };
	return line;
}

enum err
acl_next(struct acl_text *t, struct msg_rule *rule)
{
	char line[ACL_LINE_MAX + 1];
	enum err e = ERR_BUSY;

	while (e == ERR_BUSY) {
		struct span from;

		if (t->rest.len == 0)
			return ERR_NOT_FOUND;
		from = cut_line(&t->rest);
		t->line++;
		if (from.len > ACL_LINE_MAX ||
		    memchr(from.at, '\0', from.len) != NULL)
			return bad(t, "the line is too long, or has a NUL");
		memcpy(line, from.at, from.len);
		line[from.len] = '\0';
		e = take_line(t, line, rule);
	}
	return e;
}
