/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/council.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "tests/unit/unit.h"

static const struct policy policy = { .freshness = 30 };

struct council council;

#define Q council.request.admin_req
#define A council.act.act
#define SET(field, text) \
	assert_err(WIRE_SET_TEXT((field), span_text(text)), ERR_OK)

void
council_apply(const struct msg *m)
{
	assert_err(state_apply(council.state, m), ERR_OK);
}

static void
make_officers(void)
{
	for (size_t i = 0; i < ROWS(council.seeds); i++) {
		uint8_t seed[32] = { (uint8_t)(i + 1) };

		assert_err(secret_copy(SPAN(seed), &council.seeds[i]), ERR_OK);
		assert_err(signer_ed25519(council.seeds[i],
		    &council.officers[i]), ERR_OK);
	}
}

static void
register_officers(size_t n, uint64_t quorum)
{
	struct msg m;
	char name[32];

	for (size_t i = 0; i < n; i++) {
		m = (struct msg){ .type = MSG_officer };
		snprintf(name, sizeof(name), "officer%zu", i);
		SET(m.officer.officer_id, name);
		assert_err(cose_key_encode(&council.officers[i].key,
		    m.officer.key.at, &m.officer.key.len), ERR_OK);
		council_apply(&m);
	}
	m = (struct msg){ .type = MSG_acts };
	m.acts.quorum = quorum;
	m.acts.acts_from = 350;
	council_apply(&m);
}

void
council_fill_state(void)
{
	struct msg m = { .type = MSG_appliance };

	SET(m.appliance.issuer, "cryptod.test");
	assert_err(cose_key_encode(&council.officers[16].key,
	    m.appliance.root_key.at, &m.appliance.root_key.len), ERR_OK);
	m.appliance.policy_version = 7;
	m.appliance.policy_floor = 3;
	council_apply(&m);
	m = (struct msg){ .type = MSG_operator };
	m.operator.enabled = true;
	SET(m.operator.operator_id, "alice");
	council_apply(&m);
	m = (struct msg){ .type = MSG_failures };
	SET(m.failures.channel, "unlocker");
	SET(m.failures.operator, "alice");
	m.failures.total = 100;
	council_apply(&m);
	m = (struct msg){ .type = MSG_rule };
	m.rule.kind = WIRE_rule_vm;
	SET(m.rule.name, "old");
	SET(m.rule.scope, "web:*");
	council_apply(&m);
}

void
council_fill_act(void)
{
	const struct span root = WIRE_SPAN(
	    council.state->appliance.root_key);

	council.act = (struct msg){ .type = MSG_act };
	A.epoch = COUNCIL_COUNTER - 10;
	A.expires_at = COUNCIL_NOW + 1;
	A.appliance.len = 32;
	assert_err(sha256(&root, 1, A.appliance.at), ERR_OK);
	SET(A.act_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c11");
	SET(A.command, "open-channel");
	map_begin(&council.arguments);
	map_put_text(&council.arguments, "channel", span_text("unlocker"));
	map_put_text(&council.arguments, "operator", span_text("alice"));
	council.approvers[0] = 2;
	council.approvers[1] = 0;
	council.napprovers = 2;

	council.request = (struct msg){ .type = MSG_admin_req };
	SET(Q.request_id, "6a2f41a3-c54c-4ce8-8d6a-2b1d9e3f0c12");
	Q.nonce.len = 16;
	Q.timestamp.seconds = COUNCIL_NOW;
}

/* The request for the act, approved by those who are to. */
void
council_seal(void)
{
	struct span act = { council.bytes, 0 };

	assert_err(map_end(&council.arguments, council.map, sizeof(council.map),
	    &A.arguments), ERR_OK);
	assert_err(wire_encode_object(&council.act, council.bytes,
	    sizeof(council.bytes), &act.len), ERR_OK);
	Q.has_act = Q.has_approvals = true;
	Q.act = act;
	Q.command = A.command;
	Q.arguments = A.arguments;
	Q.approvals.count = council.napprovers;
	for (size_t i = 0; i < council.napprovers; i++)
		assert_err(act_approve(&council.officers[council.approvers[i]],
		    act, &Q.approvals.at[i]), ERR_OK);
}

int
council_of(size_t officers, uint64_t quorum)
{
	memset(&council, 0, sizeof(council));
	if (state_new(&council.state) != ERR_OK)
		return -1;
	council.view = (struct view){
		.state = council.state, .policy = &policy,
		.vm_id = span_text("admin"), .now = COUNCIL_NOW,
		.counter = COUNCIL_COUNTER,
	};
	make_officers();
	council_fill_state();
	if (officers > 0)
		register_officers(officers, quorum);
	council_fill_act();
	return 0;
}

int
council_meet(void **state)
{
	(void)state;
	return council_of(3, 2);
}

int
council_leave(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(council.seeds); i++)
		secret_drop(&council.seeds[i]);
	state_drop(&council.state);
	return 0;
}

void
council_decide(struct effects *fx)
{
	assert_err(decide_act(&council.view, &council.request, fx), ERR_OK);
}

void
council_refuses(enum reason want)
{
	struct effects fx;

	council_decide(&fx);
	assert_string_equal(reason_code(fx.reason), reason_code(want));
	assert_int_equal(fx.told, fx.reason);
	assert_int_equal(fx.deed.kind, DEED_NONE);
}
