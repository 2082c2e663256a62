/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/clerk.h"

#include "tests/unit/unit.h"

const uint8_t clerk_seed[20] = "a secret of a device";
static const struct policy policy = {
	.freshness = 30, .window = 1,
	.token_lifetime = 300, .unlock_lifetime = 60,
	.throttle = {
		.burst = 5, .window = 300, .first_wait = 30,
		.longest_wait = 3600, .give_up = 100,
		.global_burst = 20, .global_window = 600,
	},
};

struct clerk clerk;

#define SET(field, text) \
	assert_err(WIRE_SET_TEXT((field), span_text(text)), ERR_OK)

void
clerk_apply(const struct msg *m)
{
	assert_err(state_apply(clerk.state, m), ERR_OK);
}

void
clerk_rule(enum wire_rule kind, const char *name, const char *scope,
    uint64_t lifetime)
{
	struct msg m = { .type = MSG_rule };

	m.rule.kind = kind;
	m.rule.has_lifetime = lifetime != 0;
	m.rule.lifetime = lifetime;
	SET(m.rule.name, name);
	SET(m.rule.scope, scope);
	clerk_apply(&m);
}

static void
add_operator(const char *id, bool enabled)
{
	struct msg m = { .type = MSG_operator };

	m.operator.enabled = enabled;
	SET(m.operator.operator_id, id);
	clerk_apply(&m);
	m = (struct msg){ .type = MSG_device };
	m.device.alg = WIRE_hash_sha1;
	m.device.digits = 6;
	m.device.step = 30;
	m.device.offset = STATE_OFFSET_BIAS;
	assert_err(WIRE_SET_BYTES(m.device.secret, SPAN(clerk_seed)),
	    ERR_OK);
	SET(m.device.device_id, "phone");
	SET(m.device.operator_id, id);
	clerk_apply(&m);
}

static void
add_volume(void)
{
	struct msg m = { .type = MSG_secret };

	SET(m.secret.name, "luks:root");
	assert_err(WIRE_SET_BYTES(m.secret.value, SPAN(clerk_seed)), ERR_OK);
	clerk_apply(&m);
}

int
clerk_begin(void **state)
{
	(void)state;
	clerk = (struct clerk){ .state = NULL };
	if (state_new(&clerk.state) != ERR_OK)
		return -1;
	clerk.view = (struct view){
		.state = clerk.state, .policy = &policy,
		.vm_id = span_text("unlocker"), .now = CLERK_NOW,
	};
	add_operator("alice", true);
	add_operator("carol", false);
	clerk_rule(WIRE_rule_operator, "alice", "luks:*", 0);
	clerk_rule(WIRE_rule_operator, "alice", "web:*", 0);
	clerk_rule(WIRE_rule_vm, "unlocker", "luks:*", 0);
	clerk_rule(WIRE_rule_vm, "unlocker", "web:*", 0);
	clerk_rule(WIRE_rule_vm, "web", "web:*", 0);
	clerk_rule(WIRE_rule_vm, "web", "luks:*", 0);
	clerk_rule(WIRE_rule_audience, "unlocker", "luks:*", 0);
	clerk_rule(WIRE_rule_audience, "web", "web:*", 0);
	clerk_rule(WIRE_rule_audience, "api", "web:*", 120);
	clerk_rule(WIRE_rule_audience, "web", "admin:*", 0);
	clerk_rule(WIRE_rule_vm, "web", "admin:*", 0);
	clerk_rule(WIRE_rule_vm, "unlocker", "ivm:*", 0);
	clerk_rule(WIRE_rule_audience, "unlocker", "ivm:*", 0);
	clerk_rule(WIRE_rule_person, "*", "luks:*", 0);
	clerk_rule(WIRE_rule_channel, "alice", "unlocker", 0);
	clerk_rule(WIRE_rule_channel, "carol", "unlocker", 0);
	clerk_rule(WIRE_rule_release, "unlocker", "luks:root", 0);
	add_volume();
	return 0;
}

int
clerk_end(void **state)
{
	(void)state;
	state_drop(&clerk.state);
	return 0;
}
