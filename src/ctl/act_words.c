/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What acts do, in plain words. */

#include <stdio.h>

#include "ctl/act.h"
#include "wire/map.h"

static const struct act_command commands[] = {
	{ "accept-rollback",
	    "Go on from a state that was put back, although what it had "
	    "answered since is forgotten; acts from before end.",
	    false, { } },
	{ "set-clock",
	    "The appliance's clock is right as it is now; look at it first.",
	    false, { } },
	{ "open-channel",
	    "Take codes of operator {operator} on channel {channel} again, "
	    "whatever failed there.",
	    false, { { "channel", ITEM_TEXT, false },
	    { "operator", ITEM_TEXT, false } } },
	{ "acl-set",
	    "Put the attached file in the place of the ACL; tokens of policies "
	    "below version {policy_floor} end.",
	    true, { { "policy_floor", ITEM_UINT, true } } },
	{ "operator-set",
	    "Take codes of operator {operator}: {enabled}.",
	    false, { { "operator", ITEM_TEXT, false },
	    { "enabled", ITEM_BOOL, false } } },
	{ "key-rotate",
	    "Announce the next {use} key now, instead of when its time comes.",
	    false, { { "use", ITEM_TEXT, false } } },
	{ "key-revoke",
	    "Nothing that the key {kid} ever signed is good from now on.",
	    false, { { "kid", ITEM_BYTES, false } } },
	{ "vm-enrol",
	    "Domain {vm} is the one that has this TPM: attestation key {ak}, "
	    "endorsement key {ek}.",
	    false, { { "vm", ITEM_TEXT, false }, { "ak", ITEM_BYTES, false },
	    { "ek", ITEM_BYTES, false } } },
	{ "vm-replace",
	    "Domain {vm} has another TPM from now on: attestation key {ak}, "
	    "endorsement key {ek}; nothing that the one before says of it is "
	    "believed any more.",
	    false, { { "vm", ITEM_TEXT, false }, { "ak", ITEM_BYTES, false },
	    { "ek", ITEM_BYTES, false } } },
	{ "vm-accept",
	    "The TPM of domain {vm} goes on at its reset number {reset}, once, "
	    "whatever its clock and that number were before: it was reset, or "
	    "put back, with your knowledge.  Another reset takes another act.",
	    false, { { "vm", ITEM_TEXT, false },
	    { "reset", ITEM_UINT, false } } },
};

const struct act_command *
act_command(struct span name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_equal(span_text(commands[i].name), name))
			return &commands[i];
	return NULL;
}

#define VALUE_MAX 96

/* As text; what is not there is "(as it is)". */
static struct span
value_of(struct span arguments, const char *name,
    char room[static VALUE_MAX])
{
	struct map_entry e;

	if (map_find(arguments, name, &e) != ERR_OK)
		return span_text("(as it is)");
	if (e.value.kind == ITEM_TEXT)
		return e.value.n > 0 ?
		    (struct span){ e.value.data, e.value.n } :
		    span_text("(who is not known)");
	if (e.value.kind == ITEM_BOOL)
		return span_text(e.value.n != 0 ? "yes" : "no");
	if (e.value.kind == ITEM_BYTES)
		for (size_t i = 0; i < e.value.n && i < VALUE_MAX / 2 - 1; i++)
			snprintf(room + 2 * i, 3, "%02x", e.value.data[i]);
	else
		snprintf(room, VALUE_MAX, "%llu",
		    (unsigned long long)e.value.n);
	return span_text(room);
}

static void
add(char *out, size_t cap, size_t *len, struct span s)
{
	const size_t n = s.len < cap - *len ? s.len : cap - *len;

	memcpy(out + *len, s.at, n);
	*len += n;
}

void
act_say(struct sheet *s, const struct msg_act *act)
{
	const struct act_command *c = act_command(WIRE_SPAN(act->command));
	char text[1024], name[32], room[VALUE_MAX] = "";
	const char *at, *open, *close;
	size_t len = 0;

	if (c == NULL) {
		sheet_say(s, "says", "A command that this anchorctl does not "
		    "know: do not approve what nobody can explain.");
		return;
	}
	for (at = c->says; (open = strchr(at, '{')) != NULL; at = close + 1) {
		close = strchr(open, '}');
		snprintf(name, sizeof(name), "%.*s", (int)(close - open - 1),
		    open + 1);
		add(text, sizeof(text), &len, (struct span){
		    (const uint8_t *)at, (size_t)(open - at) });
		add(text, sizeof(text), &len, value_of(act->arguments, name,
		    room));
	}
	add(text, sizeof(text), &len, span_text(at));
	sheet_text(s, "says", (struct span){ (const uint8_t *)text, len });
}
