/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/own.h"
#include "crypto/hash.h"
#include "crypto/uuid.h"
#include "ctl/act.h"
#include "ctl/ask.h"
#include "store/acl.h"
#include "wire/map.h"

#define ATTACHMENT_MAX 49152

static const struct act_argument *
find_argument(const struct act_command *c, struct span name)
{
	const size_t n = sizeof(c->arguments) / sizeof(c->arguments[0]);

	for (size_t i = 0; i < n && c->arguments[i].name != NULL; i++)
		if (span_equal(span_text(c->arguments[i].name), name))
			return &c->arguments[i];
	return NULL;
}

static enum err
put_hex(struct map_maker *m, const char *name, const char *value)
{
	uint8_t bytes[64];
	size_t n = strlen(value) / 2;

	if (strspn(value, "0123456789abcdef") != strlen(value) ||
	    strlen(value) % 2 != 0 || n == 0 || n > sizeof(bytes))
		return log_err(ERR_MALFORMED, "%s: hexadecimal digits",
		    name);
	for (size_t i = 0; i < n; i++) {
		const char byte[] = { value[2 * i], value[2 * i + 1], '\0' };

		bytes[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
	map_put_bytes(m, name, (struct span){ bytes, n });
	return ERR_OK;
}

static enum err
put_value(struct map_maker *m, const struct act_argument *to,
    const char *value)
{
	char *end;
	uint64_t n;

	switch (to->kind) {
	case ITEM_TEXT:
		map_put_text(m, to->name, span_text(value));
		return ERR_OK;
	case ITEM_BOOL:
		map_put_bool(m, to->name, strcmp(value, "yes") == 0);
		return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0 ?
		    ERR_OK : log_err(ERR_MALFORMED, "%s: yes or no",
		    to->name);
	case ITEM_UINT:
		errno = 0;
		n = strtoull(value, &end, 10);
		map_put_uint(m, to->name, n);
		return *value >= '0' && *value <= '9' && *end == '\0' &&
		    errno == 0 ? ERR_OK : log_err(ERR_MALFORMED,
		    "%s: a number", to->name);
	case ITEM_BYTES:
		return put_hex(m, to->name, value);
	case ITEM_NINT: case ITEM_ARRAY: case ITEM_MAP: case ITEM_TAG:
	case ITEM_NULL:
		break;
	}
	return ERR_INTERNAL;
}

/* NAME=VALUE; what is missing or twice is for map_end() and the appliance. */
static enum err
put_argument(struct map_maker *m, const struct act_command *c,
    const char *said)
{
	const char *is = strchr(said, '=');
	const struct act_argument *to = is == NULL ? NULL :
	    find_argument(c, (struct span){ (const uint8_t *)said,
	    (size_t)(is - said) });

	if (to == NULL)
		return log_err(ERR_MALFORMED, "%s: not an argument of %s",
		    said, c->name);
	return put_value(m, to, is + 1);
}

static bool
is_given(const struct args *a, const char *name)
{
	for (int i = 1; i < a->count; i++)
		if (strncmp(a->operand[i], name, strlen(name)) == 0 &&
		    a->operand[i][strlen(name)] == '=')
			return true;
	return false;
}

/* The keys of a TPM are those that a challenge was made for. */
static bool
is_proven(const struct args *a, const char *name)
{
	return a->awaited != NULL && (strcmp(name, "ak") == 0 ||
	    strcmp(name, "ek") == 0);
}

static enum err
check_given(const struct args *a, const struct act_command *c)
{
	const size_t n = sizeof(c->arguments) / sizeof(c->arguments[0]);

	for (size_t i = 0; i < n && c->arguments[i].name != NULL; i++)
		if (!c->arguments[i].optional &&
		    !is_given(a, c->arguments[i].name) &&
		    !is_proven(a, c->arguments[i].name))
			return log_err(ERR_MALFORMED, "%s: %s= is missing",
			    c->name, c->arguments[i].name);
	if (c->attaches != (a->attach != NULL))
		return log_err(ERR_MALFORMED, c->attaches ?
		    "%s: --attach is missing" : "%s: nothing is attached to "
		    "it", c->name);
	return ERR_OK;
}

/* One that the appliance would refuse is not worth an act. */
static enum err
check_acl(const char *path, struct span text)
{
	struct acl_text t = { .rest = text };
	struct msg_rule rule;
	enum err e;

	while ((e = acl_next(&t, &rule)) == ERR_OK)
		;
	return e == ERR_NOT_FOUND ? ERR_OK : log_err(ERR_MALFORMED,
	    "%s:%u: %s", path, t.line, t.why);
}

static enum err
put_attachment(struct map_maker *m, const char *path)
{
	struct input in OWNED(input_drop) = { 0 };
	uint8_t digest[SHA256_LEN];
	struct span text;

	TRY(input_read(path, ATTACHMENT_MAX, false, &in));
	text = input_span(&in);
	TRY(check_acl(path, text));
	TRY(sha256(&text, 1, digest));
	map_put_bytes(m, "sha256", SPAN(digest));
	return ERR_OK;
}

/* Of the domain that the act is about. */
static enum ends
put_proven(const struct args *a, const struct msg_act *act,
    struct map_maker *m)
{
	const char *vm = NULL;

	if (a->awaited == NULL && a->proof == NULL)
		return ENDS_ok;
	for (int i = 1; i < a->count; i++)
		if (strncmp(a->operand[i], "vm=", 3) == 0)
			vm = a->operand[i] + 3;
	if (vm_is_act(act) && vm != NULL && a->awaited != NULL &&
	    a->proof != NULL)
		return vm_put_proven(a, vm, m);
	log_line("%s: --awaited and --proof go together, with the TPM of a "
	    "domain", a->operand[0]);
	return ENDS_usage;
}

static enum ends
put_arguments(const struct args *a, struct msg_act *act,
    uint8_t room[static MAP_BYTES])
{
	const struct act_command *c = act_command(WIRE_SPAN(act->command));
	struct map_maker m;
	enum ends end;
	enum err e;

	if (c == NULL) {
		log_line("%s: no command that takes an act", a->operand[0]);
		return ENDS_usage;
	}
	if (check_given(a, c) != ERR_OK)
		return ENDS_usage;
	map_begin(&m);
	for (int i = 1; i < a->count; i++)
		if (put_argument(&m, c, a->operand[i]) != ERR_OK)
			return ENDS_usage;
	if ((end = put_proven(a, act, &m)) != ENDS_ok)
		return end;
	if (a->attach != NULL && (e = put_attachment(&m, a->attach)) !=
	    ERR_OK)
		return ends_of(e);
	if (map_end(&m, room, MAP_BYTES, &act->arguments) == ERR_OK)
		return ENDS_ok;
	log_line("%s: an argument is there twice, or too long", c->name);
	return ENDS_usage;
}

/* Whose status this is must be the appliance of the trust file. */
static enum ends
take_status(const struct args *a, struct span detail, struct msg_act *act)
{
	struct map_entry epoch, appliance;

	if (map_find(detail, "appliance", &appliance) != ERR_OK ||
	    map_find(detail, "epoch", &epoch) != ERR_OK ||
	    epoch.value.kind != ITEM_UINT) {
		log_line("its status says no epoch: no act can be written for "
		    "it now");
		return ENDS_no;
	}
	if (!span_equal((struct span){ appliance.value.data,
	    appliance.value.n }, WIRE_SPAN(act->appliance))) {
		log_line("%s: the trust file of another appliance than that "
		    "which answers", a->trust);
		return ENDS_no;
	}
	act->epoch = epoch.value.n;
	return ENDS_ok;
}

static enum ends
ask_epoch(const struct args *a, struct msg_act *act)
{
	struct call c OWNED(call_close) = { 0 };
	struct msg m = { 0 };
	enum ends e = ask_open(a, &c);

	if (e == ENDS_ok)
		e = ask(&c, a, MSG_status_req, MSG_status_resp, &m);
	return e == ENDS_ok ? take_status(a, m.status_resp.detail, act) : e;
}

static enum err
name_act(struct msg_act *act)
{
	struct drbg *drbg OWNED(drbg_drop) = NULL;

	TRY(drbg_from_system(span_text("anchorctl act"), (struct span){ 0 },
	    &drbg));
	act->act_id.len = UUID_TEXT - 1;
	return uuid_make(drbg, act->act_id.at);
}

static enum ends
fill(const struct args *a, struct msg_act *act,
    uint8_t room[static MAP_BYTES])
{
	struct trust trust;
	enum ends e;

	if (WIRE_SET_TEXT(act->command, span_text(a->operand[0])) != ERR_OK)
		return ENDS_usage;
	if ((e = put_arguments(a, act, room)) != ENDS_ok)
		return e;
	if (trust_read(a->trust, a->officers, &trust) != ERR_OK)
		return ENDS_unreached;
	act->appliance.len = sizeof(act->appliance.at);
	if (cose_key_thumbprint(&trust.root, act->appliance.at) != ERR_OK ||
	    name_act(act) != ERR_OK)
		return ENDS_machine;
	act->expires_at = clock_now().wall + a->expires;
	act->epoch = a->epoch;
	return a->epoch_text != NULL ? ENDS_ok : ask_epoch(a, act);
}

static enum ends
show(const struct args *a, struct paper *p)
{
	struct sheet *s OWNED(sheet_drop) = NULL;

	p->trusted = trust_read(a->trust, a->officers, &p->trust) == ERR_OK;
	if (sheet_new(a->json, SHEET_MAP, &s) != ERR_OK ||
	    paper_show(s, p) != ERR_OK)
		return ENDS_machine;
	return sheet_print(s, stdout) == ERR_OK ? ENDS_ok : ENDS_machine;
}

enum ends
act_propose_run(const struct args *a)
{
	struct paper p OWNED(paper_drop) = { .trusted = false };
	uint8_t room[MAP_BYTES], act[ACT_MAX];
	size_t len = 0;
	enum ends e;

	if (a->output == NULL) {
		log_line("act propose: --output is missing: where is the act "
		    "to go?");
		return ENDS_usage;
	}
	p.act.type = MSG_act;
	p.file.type = MSG_act_file;
	if ((e = fill(a, &p.act.act, room)) != ENDS_ok)
		return e;
	if (wire_encode_object(&p.act, act, sizeof(act), &len) != ERR_OK)
		return ENDS_usage;
	p.file.act_file.act = (struct span){ act, len };
	e = paper_write(a->output, &p.file, true);
	return e == ENDS_ok ? show(a, &p) : e;
}
