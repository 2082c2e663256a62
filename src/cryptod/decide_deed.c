/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The commands that take an act: when each is for, and what it would do. */

#include "cryptod/decide_int.h"

#include "attest/object.h"
#include "crypto/hash.h"
#include "store/acl.h"
#include "wire/map.h"

/* When a command is for. */
enum when {
	WHILE_SERVING = 1 << 0,
	ROLLED_BACK = 1 << 1,
	CLOCK_WRONG = 1 << 2,
};

/* An argument that a command takes, and what was given. */
struct argument {
	const char		*key;
	enum item_kind		 kind;
	bool			 optional;
	bool			 there;
	struct map_entry	 is;
};

#define TAKES(array) (array), sizeof(array) / sizeof((array)[0])

static struct argument *
find_argument(struct argument *a, size_t n, struct span key)
{
	for (size_t i = 0; i < n; i++)
		if (span_equal(span_text(a[i].key), key))
			return &a[i];
	return NULL;
}

/* All that it takes, and nothing else. */
static enum reason
take_arguments(struct span map, struct argument *a, size_t n)
{
	struct map_reader m;
	struct map_entry e;
	struct argument *to;

	if (map_open(map, &m) != ERR_OK)
		return REASON_admin_arguments;
	while (map_next(&m, &e) == ERR_OK) {
		to = find_argument(a, n, e.key);
		if (to == NULL || to->kind != e.value.kind)
			return REASON_admin_arguments;
		to->there = true;
		to->is = e;
	}
	for (size_t i = 0; i < n; i++)
		if (!a[i].there && !a[i].optional)
			return REASON_admin_arguments;
	return REASON_none;
}

static struct span
bytes_of(const struct argument *a)
{
	return (struct span){ a->is.value.data, a->is.value.n };
}

/* Where it goes has room for any identifier; longer text is none. */
static enum reason
take_id(const struct argument *a, struct wire_id *out)
{
	return WIRE_SET_TEXT(*out, bytes_of(a)) == ERR_OK ? REASON_none :
	    REASON_admin_arguments;
}

static enum reason
no_arguments(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	(void)v;
	(void)out;
	(void)line;
	return take_arguments(q->arguments, NULL, 0);
}

static enum reason
open_channel(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	struct argument a[] = {
		{ .key = "channel", .kind = ITEM_TEXT },
		{ .key = "operator", .kind = ITEM_TEXT },
	};
	enum reason r = take_arguments(q->arguments, TAKES(a));

	(void)line;
	if (r == REASON_none)
		r = take_id(&a[0], &out->channel);
	if (r == REASON_none)
		r = take_id(&a[1], &out->operator_id);
	if (r != REASON_none)
		return r;
	return state_failures(v->state, bytes_of(&a[0]), bytes_of(&a[1])) !=
	    NULL ? REASON_none : REASON_admin_vain;
}

static enum reason
set_operator(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	struct argument a[] = {
		{ .key = "operator", .kind = ITEM_TEXT },
		{ .key = "enabled", .kind = ITEM_BOOL },
	};
	enum reason r = take_arguments(q->arguments, TAKES(a));
	const struct msg_operator *o;

	(void)line;
	if (r == REASON_none)
		r = take_id(&a[0], &out->operator_id);
	if (r != REASON_none)
		return r;
	out->enabled = a[1].is.value.n != 0;
	o = state_operator(v->state, bytes_of(&a[0]));
	return o != NULL && o->enabled != out->enabled ? REASON_none :
	    REASON_admin_vain;
}

/* Its next one is on its way, or is to be. */
static enum reason
rotate_key(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	struct argument a[] = { { .key = "use", .kind = ITEM_TEXT } };
	const enum reason r = take_arguments(q->arguments, TAKES(a));

	(void)line;
	if (r != REASON_none)
		return r;
	if (span_equal(bytes_of(&a[0]), span_text("token")))
		out->use = WIRE_use_token;
	else if (span_equal(bytes_of(&a[0]), span_text("audit")))
		out->use = WIRE_use_audit;
	else
		return REASON_admin_arguments;
	return state_key_of(v->state, out->use, WIRE_phase_next) == NULL ?
	    REASON_none : REASON_admin_vain;
}

static enum reason
revoke_key(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	struct argument a[] = { { .key = "kid", .kind = ITEM_BYTES } };
	const enum reason r = take_arguments(q->arguments, TAKES(a));
	const struct key *k;

	(void)line;
	if (r != REASON_none)
		return r;
	if (bytes_of(&a[0]).len != sizeof(out->kid.at))
		return REASON_admin_arguments;
	memcpy(out->kid.at, bytes_of(&a[0]).at, sizeof(out->kid.at));
	out->kid.len = sizeof(out->kid.at);
	k = state_key(v->state, bytes_of(&a[0]));
	return k != NULL && k->row.state != WIRE_phase_revoked ?
	    REASON_none : REASON_admin_vain;
}

/* The TPM that an act names for a domain; the codec knows what identifiers
 * are. */
static enum reason
take_vm(const struct view *v, const struct msg_admin_req *q,
    struct msg_vm *out)
{
	struct argument a[] = {
		{ .key = "vm", .kind = ITEM_TEXT },
		{ .key = "ak", .kind = ITEM_BYTES },
		{ .key = "ek", .kind = ITEM_BYTES },
		/* For the officers; who else could check it has the TPM. */
		{ .key = "proof", .kind = ITEM_BYTES, .optional = true },
	};
	const enum reason r = take_arguments(q->arguments, TAKES(a));
	struct msg m = { .type = MSG_vm };
	uint8_t room[512];
	size_t len;

	if (r != REASON_none)
		return r;
	if (!attest_is_name(bytes_of(&a[1])) ||
	    (a[3].there && bytes_of(&a[3]).len != SHA256_LEN))
		return REASON_admin_arguments;
	m.vm.since = v->now;
	if (WIRE_SET_TEXT(m.vm.by, span_text("officers")) != ERR_OK ||
	    WIRE_SET_TEXT(m.vm.vm_id, bytes_of(&a[0])) != ERR_OK ||
	    WIRE_SET_BYTES(m.vm.ak_name, bytes_of(&a[1])) != ERR_OK ||
	    WIRE_SET_BYTES(m.vm.ek, bytes_of(&a[2])) != ERR_OK ||
	    wire_encode_object(&m, room, sizeof(room), &len) != ERR_OK)
		return REASON_admin_arguments;
	*out = m.vm;
	return REASON_none;
}

/* A domain that has no TPM yet, and a TPM that is no other domain's. */
static enum reason
enrol_vm(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	const enum reason r = take_vm(v, q, &out->vm);

	(void)line;
	if (r != REASON_none)
		return r;
	if (state_vm(v->state, WIRE_SPAN(out->vm.vm_id)) != NULL ||
	    state_vm_clash(v->state, &out->vm) != NULL)
		return REASON_admin_enrolled;
	return v->state->nvms < STATE_VMS ? REASON_none :
	    REASON_admin_arguments;
}

/* Another TPM for a domain that has one. */
static enum reason
replace_vm(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	const enum reason r = take_vm(v, q, &out->vm);

	(void)line;
	if (r != REASON_none)
		return r;
	if (state_vm_clash(v->state, &out->vm) != NULL)
		return REASON_admin_enrolled;
	return state_vm(v->state, WIRE_SPAN(out->vm.vm_id)) != NULL ?
	    REASON_none : REASON_admin_vain;
}

/* One reset of a TPM that is known from before. */
static enum reason
accept_vm(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	struct argument a[] = {
		{ .key = "vm", .kind = ITEM_TEXT },
		{ .key = "reset", .kind = ITEM_UINT },
	};
	enum reason r = take_arguments(q->arguments, TAKES(a));
	const uint64_t reset = a[1].is.value.n;
	const struct msg_vm *vm;

	(void)line;
	if (r == REASON_none)
		r = take_id(&a[0], &out->accepted.vm_id);
	if (r != REASON_none)
		return r;
	if (reset > UINT32_MAX)
		return REASON_admin_arguments;
	out->accepted.reset = reset;
	vm = state_vm(v->state, bytes_of(&a[0]));
	return vm != NULL && vm->has_reset &&
	    !(vm->has_accept && vm->accept == reset) ? REASON_none :
	    REASON_admin_vain;
}

/* Each line a rule, and no more of them than there is room for. */
static enum reason
check_acl(struct span text, unsigned *line)
{
	struct acl_text t = { .rest = text };
	struct msg_rule rule;
	size_t n = 0;
	enum err e;

	while ((e = acl_next(&t, &rule)) == ERR_OK && n < STATE_RULES)
		n++;
	*line = t.line;
	return e == ERR_NOT_FOUND && n > 0 ? REASON_none :
	    REASON_admin_arguments;
}

static enum reason
set_acl(const struct view *v, const struct msg_admin_req *q, struct deed *out,
    unsigned *line)
{
	const struct msg_appliance *now = &v->state->appliance;
	struct argument a[] = {
		{ .key = "sha256", .kind = ITEM_BYTES },
		{ .key = "policy_floor", .kind = ITEM_UINT,
		  .optional = true },
	};
	const enum reason r = take_arguments(q->arguments, TAKES(a));

	if (r != REASON_none)
		return r;
	out->policy_floor = a[1].there ? a[1].is.value.n : now->policy_floor;
	if (out->policy_floor < now->policy_floor ||
	    out->policy_floor > now->policy_version + 1)
		return REASON_admin_arguments;
	out->acl = q->attachment;
	return check_acl(q->attachment, line);
}

static const struct command {
	const char	*name;
	enum deed_kind	 kind;
	unsigned	 when;		/* enum when */
	enum reason	(*decide)(const struct view *v,
			    const struct msg_admin_req *q, struct deed *out,
			    unsigned *line);
} commands[] = {
	{ "accept-rollback", DEED_ACCEPT_ROLLBACK, ROLLED_BACK, no_arguments },
	{ "set-clock",	     DEED_SET_CLOCK,	   CLOCK_WRONG, no_arguments },
	{ "open-channel",    DEED_OPEN_CHANNEL,	   WHILE_SERVING, open_channel },
	{ "acl-set",	     DEED_SET_ACL,	   WHILE_SERVING, set_acl },
	{ "operator-set",    DEED_SET_OPERATOR,	   WHILE_SERVING, set_operator },
	{ "key-rotate",	     DEED_ROTATE_KEY,	   WHILE_SERVING, rotate_key },
	{ "key-revoke",	     DEED_REVOKE_KEY,	   WHILE_SERVING, revoke_key },
	{ "vm-enrol",	     DEED_ENROL_VM,	   WHILE_SERVING, enrol_vm },
	{ "vm-replace",	     DEED_ENROL_VM,	   WHILE_SERVING, replace_vm },
	{ "vm-accept",	     DEED_ACCEPT_VM,	   WHILE_SERVING, accept_vm },
};

static const struct command *
find_command(struct span name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_equal(span_text(commands[i].name), name))
			return &commands[i];
	return NULL;
}

const char *
deed_name(struct span command)
{
	const struct command *c = find_command(command);

	return c != NULL ? c->name : NULL;
}

static unsigned
when_of(enum reason recovery)
{
	return recovery == REASON_none ? WHILE_SERVING :
	    recovery == REASON_state_rolled_back ? ROLLED_BACK : CLOCK_WRONG;
}

enum reason
deed_decide(const struct view *v, const struct msg_admin_req *q,
    struct deed *out, unsigned *line)
{
	const struct command *c = find_command(WIRE_SPAN(q->command));

	if (c == NULL)
		return REASON_admin_command;
	if ((c->when & when_of(v->recovery)) == 0)
		return REASON_admin_state;
	out->kind = c->kind;
	return c->decide(v, q, out, line);
}
