/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/acl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/own.h"
#include "store/acl.h"
#include "store/state.h"

/* Of every rule that there can be, with room for comments. */
#define TEXT_MAX (256 * 1024)

struct reading {
	FILE		*file;
	uint8_t		*text;
	size_t		 len;
};

static void
reading_close(struct reading *r)
{
	if (r->file != NULL)
		fclose(r->file);
	free(r->text);
}

void
acl_drop(struct acl *a)
{
	free(a->rules);
	*a = (struct acl){ 0 };
}

static bool
is_there(const struct acl *a, const struct msg_rule *rule)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->rules[i].kind == rule->kind &&
		    strcmp(a->rules[i].name.at, rule->name.at) == 0 &&
		    strcmp(a->rules[i].scope.at, rule->scope.at) == 0)
			return true;
	return false;
}

static enum err
take_rules(struct acl_text *t, struct acl *out)
{
	struct msg_rule rule;
	enum err e;

	while ((e = acl_next(t, &rule)) == ERR_OK) {
		if (is_there(out, &rule)) {
			t->why = "this rule is there already";
			return ERR_MALFORMED;
		}
		if (out->n == STATE_RULES) {
			t->why = "there are too many rules";
			return ERR_MALFORMED;
		}
		out->rules[out->n++] = rule;
	}
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
read_text(const char *path, struct reading *r)
{
	if ((r->file = fopen(path, "re")) == NULL)
		return log_errno("%s", path);
	if ((r->text = malloc(TEXT_MAX + 1)) == NULL)
		return log_err(ERR_LIMIT, "no memory");
	r->len = fread(r->text, 1, TEXT_MAX + 1, r->file);
	if (ferror(r->file))
		return log_errno("%s", path);
	return r->len <= TEXT_MAX ? ERR_OK :
	    log_err(ERR_MALFORMED, "%s: longer than %d bytes", path,
	    TEXT_MAX);
}

enum err
acl_read(const char *path, struct acl *out)
{
	struct reading r OWNED(reading_close) = { .file = NULL };
	struct acl_text t = { .line = 0 };

	*out = (struct acl){ .rules = calloc(STATE_RULES,
	    sizeof(out->rules[0])) };
	if (out->rules == NULL)
		return log_err(ERR_LIMIT, "no memory");
	TRY(read_text(path, &r));
	t.rest = (struct span){ r.text, r.len };
	if (take_rules(&t, out) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s:%u: %s", path, t.line,
		    t.why);
	return out->n > 0 ? ERR_OK :
	    log_err(ERR_MALFORMED, "%s: there is no rule in it", path);
}
