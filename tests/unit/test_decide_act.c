/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "tests/council.h"

#define ACL "operator alice luks:root\n# and\nvm web web:*\n"

#define Q council.request.admin_req
#define A council.act.act
#define SET(field, text) \
	assert_err(WIRE_SET_TEXT((field), span_text(text)), ERR_OK)

/* ---- what may be wrong with an act, before it is approved ---- */

static void nothing(void) { }
static void future_epoch(void) { A.epoch = COUNCIL_COUNTER + 1; }
static void this_epoch(void) { A.epoch = COUNCIL_COUNTER; }
static void at_acts_from(void) { A.epoch = 350; }
static void before_acts_from(void) { A.epoch = 349; }
static void expires_now(void) { A.expires_at = COUNCIL_NOW; }
static void unknown_command(void) { SET(A.command, "open-sesame"); }
static void by_a_stranger(void) { council.approvers[1] = 16; }
static void by_one(void) { council.napprovers = 1; }
static void by_nobody(void) { council.napprovers = 0; }
static void by_one_twice(void) { council.approvers[1] = 2; }
static void for_another(void) { A.appliance.at[31] ^= 1; }

static void
by_three_and_one_twice(void)
{
	council.napprovers = 4;
	council.approvers[2] = 1;
	council.approvers[3] = 1;
}

static void
age_200(void)
{
	A.epoch = 350;
	council.view.counter = 550;
}

static void
age_201(void)
{
	A.epoch = 350;
	council.view.counter = 551;
}

static void
is_spent(void)
{
	struct msg m = { .type = MSG_spent };

	m.spent.act_id = A.act_id;
	m.spent.epoch = A.epoch;
	m.spent.counter = COUNCIL_COUNTER;
	council_apply(&m);
}

static void
in_recovery(void)
{
	council.view.recovery = REASON_clock_back;
	A.epoch = COUNCIL_COUNTER;
	A.expires_at = 0;		/* times are not checked */
	Q.timestamp.seconds = 0;
	SET(A.command, "set-clock");
	map_begin(&council.arguments);
}

static void in_recovery_spent(void) { in_recovery(), is_spent(); }
static void in_recovery_older(void) { in_recovery(), A.epoch--; }
static void in_recovery_newer(void) { in_recovery(), A.epoch++; }

static void
rolled_back(void)
{
	in_recovery();
	council.view.recovery = REASON_state_rolled_back;
	SET(A.command, "accept-rollback");
}

/* In a state whose acts_from is of a later copy there is no such row: what
 * counts there is the epoch. */
static void
rollback_before_acts_from(void)
{
	struct msg m = { .type = MSG_acts };

	m.acts.quorum = 2;
	m.acts.acts_from = COUNCIL_COUNTER + 9;
	council_apply(&m);
	rolled_back();
}

static void
clock_while_rolled_back(void)
{
	in_recovery();
	council.view.recovery = REASON_state_rolled_back;
}

static void
rollback_while_serving(void)
{
	SET(A.command, "accept-rollback");
	map_begin(&council.arguments);
}

static void
channel_in_recovery(void)
{
	in_recovery();
	SET(A.command, "open-channel");
	map_put_text(&council.arguments, "channel", span_text("unlocker"));
	map_put_text(&council.arguments, "operator", span_text("alice"));
}

static void
with_arguments(const char *channel, const char *operator)
{
	map_begin(&council.arguments);
	map_put_text(&council.arguments, "channel", span_text(channel));
	if (operator != NULL)
		map_put_text(&council.arguments, "operator",
		    span_text(operator));
}

static void other_channel(void) { with_arguments("web", "alice"); }
static void other_operator(void) { with_arguments("unlocker", ""); }
static void no_operator(void) { with_arguments("unlocker", NULL); }

static void
one_argument_more(void)
{
	map_put_uint(&council.arguments, "more", 1);
}

static void
argument_of_another_kind(void)
{
	map_begin(&council.arguments);
	map_put_text(&council.arguments, "channel", span_text("unlocker"));
	map_put_uint(&council.arguments, "operator", 1);
}

static void
argument_too_long(void)
{
	with_arguments("unlocker", "01234567890123456789012345678901234567890"
	    "123456789012345678901234");
}

static void
acl_text(const char *text, const char *floor, uint64_t to)
{
	const struct span s = span_text(text);
	uint8_t digest[SHA256_LEN];

	assert_err(sha256(&s, 1, digest), ERR_OK);
	SET(A.command, "acl-set");
	map_begin(&council.arguments);
	map_put_bytes(&council.arguments, "sha256", SPAN(digest));
	if (floor != NULL)
		map_put_uint(&council.arguments, floor, to);
	Q.has_attachment = true;
	Q.attachment = s;
}

static void acl(void) { acl_text(ACL, NULL, 0); }
static void acl_floor(void) { acl_text(ACL, "policy_floor", 8); }
static void acl_floor_high(void) { acl_text(ACL, "policy_floor", 9); }
static void acl_floor_low(void) { acl_text(ACL, "policy_floor", 2); }
static void acl_wrong(void) { acl_text("vm web\n", NULL, 0); }
static void acl_empty(void) { acl_text("# none\n", NULL, 0); }

static void
acl_too_long(void)
{
	static char text[48000];
	size_t at = 0;

	for (int i = 0; i <= STATE_RULES; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "vm web web:w%d\n", i);
	acl_text(text, NULL, 0);
}

static void
operator_set(const char *who, bool enabled)
{
	SET(A.command, "operator-set");
	map_begin(&council.arguments);
	map_put_text(&council.arguments, "operator", span_text(who));
	map_put_bool(&council.arguments, "enabled", enabled);
}

static void disable(void) { operator_set("alice", false); }
static void enable_again(void) { operator_set("alice", true); }
static void disable_nobody(void) { operator_set("mallory", false); }

/* A Name as of a key's, of this byte. */
static void
make_name(uint8_t of, uint8_t out[static 64])
{
	memset(out, of, 64);
	out[0] = 0x00;
	out[1] = 0x0b;
}

/* The domain "web" has the AK 1 of the TPM 1; a domain is to have this AK of
 * that TPM. */
static void
vm_act(const char *command, const char *vm, uint8_t ak, uint8_t tpm)
{
	struct msg m = { .type = MSG_vm };
	uint8_t name[64], ek[SHA256_LEN] = { tpm };

	make_name(1, name);
	assert_err(WIRE_SET_BYTES(m.vm.ak_name, ((struct span){ name, 34 })),
	    ERR_OK);
	m.vm.ek.len = SHA256_LEN;
	m.vm.ek.at[0] = 1;
	SET(m.vm.by, "ceremony");
	SET(m.vm.vm_id, "web");
	council_apply(&m);
	SET(A.command, command);
	map_begin(&council.arguments);
	map_put_text(&council.arguments, "vm", span_text(vm));
	make_name(ak, name);
	map_put_bytes(&council.arguments, "ak", (struct span){ name, 34 });
	map_put_bytes(&council.arguments, "ek", SPAN(ek));
}

/* The same with a Name that is none. */
static void
vm_odd(const char *command, uint8_t first, uint8_t second, size_t len)
{
	uint8_t name[64] = { first, second }, ek[SHA256_LEN] = { 2 };

	vm_act(command, "db", 2, 2);
	map_begin(&council.arguments);
	map_put_text(&council.arguments, "vm", span_text("db"));
	map_put_bytes(&council.arguments, "ak", (struct span){ name, len });
	map_put_bytes(&council.arguments, "ek", SPAN(ek));
}

static void enrol(void) { vm_act("vm-enrol", "db", 2, 2); }
static void enrol_again(void) { vm_act("vm-enrol", "web", 1, 1); }
static void enrol_other(void) { vm_act("vm-enrol", "web", 2, 2); }
static void enrol_twice(void) { vm_act("vm-enrol", "db", 1, 1); }
static void enrol_its_ak(void) { vm_act("vm-enrol", "db", 1, 2); }
static void enrol_its_tpm(void) { vm_act("vm-enrol", "db", 2, 1); }
static void enrol_long(void) { vm_odd("vm-enrol", 0, 0x0b, 35); }
static void enrol_sha384(void) { vm_odd("vm-enrol", 0, 0x0c, 34); }
static void enrol_handle(void) { vm_odd("vm-enrol", 0x81, 0x0b, 34); }

static void
enrol_proven(const uint8_t *proof, size_t len)
{
	enrol();
	map_put_bytes(&council.arguments, "proof",
	    (struct span){ proof, len });
}

static void enrol_proof(void) { enrol_proven(council.bytes, 32); }
static void enrol_half(void) { enrol_proven(council.bytes, 31); }
static void enrol_no_name(void) { vm_act("vm-enrol", "-db", 2, 2); }
static void replace(void) { vm_act("vm-replace", "web", 2, 2); }
static void replace_ak(void) { vm_act("vm-replace", "web", 2, 1); }
static void replace_none(void) { vm_act("vm-replace", "db", 2, 2); }
static void replace_same(void) { vm_act("vm-replace", "web", 1, 1); }
static void replace_long(void) { vm_odd("vm-replace", 0, 0x0b, 35); }

/* The domain "web", whose TPM was last seen at reset 5 if at all. */
static void
accept(const char *vm, uint64_t reset, bool seen)
{
	struct msg m = { .type = MSG_appraised };

	vm_act("vm-accept", "db", 2, 2);
	SET(m.appraised.vm_id, "web");
	m.appraised.reset = 5;
	if (seen)
		council_apply(&m);
	map_begin(&council.arguments);
	map_put_text(&council.arguments, "vm", span_text(vm));
	map_put_uint(&council.arguments, "reset", reset);
}

static void
accept_again(void)
{
	struct msg m = { .type = MSG_accepted };

	accept("web", 3, true);
	SET(m.accepted.vm_id, "web");
	m.accepted.reset = 3;
	council_apply(&m);
}

static void
accept_more(void)
{
	accept("web", 3, true);
	map_put_uint(&council.arguments, "clock", 7);
}

static void accept_back(void) { accept("web", 3, true); }
static void accept_most(void) { accept("web", UINT32_MAX, true); }
static void accept_too_many(void) { accept("web", UINT32_MAX + 1ull, true); }
static void accept_none(void) { accept("db", 3, true); }
static void accept_unseen(void) { accept("web", 3, false); }
static void accept_longest(void) { accept("01234567890123456789012345678901234"
    "567890123456789012345678901234", 3, true); }

static void
enrol_in_vain(void)
{
	struct msg m = { .type = MSG_vm };

	SET(m.vm.by, "ceremony");
	m.vm.ek.len = SHA256_LEN;
	m.vm.ak_name.len = 34;
	m.vm.vm_id.len = 1;
	for (uint8_t i = 1; i < STATE_VMS; i++) {
		m.vm.ak_name.at[0] = m.vm.ek.at[1] = i;
		m.vm.vm_id.at[0] = (char)i;
		council_apply(&m);
	}
	enrol();
}

static void
add_key(uint8_t kid, enum wire_phase phase)
{
	struct msg m = { .type = MSG_key };

	m.key.use = WIRE_use_token;
	m.key.state = phase;
	m.key.sign_until = m.key.not_after = COUNCIL_NOW;
	m.key.seed.len = 32;
	m.key.kid.len = 16;
	m.key.kid.at[0] = kid;
	council_apply(&m);
}

static void
rotate(const char *use)
{
	SET(A.command, "key-rotate");
	map_begin(&council.arguments);
	map_put_text(&council.arguments, "use", span_text(use));
}

static void
revoke_key(uint8_t kid, size_t len)
{
	uint8_t bytes[17] = { kid };

	add_key(1, WIRE_phase_current);
	add_key(2, WIRE_phase_revoked);
	SET(A.command, "key-revoke");
	map_begin(&council.arguments);
	map_put_bytes(&council.arguments, "kid", (struct span){ bytes, len });
}

static void rotate_token(void) { rotate("token"); }
static void rotate_audit(void) { rotate("audit"); }
static void rotate_entropy(void) { rotate("entropy"); }
static void rotate_twice(void) { rotate("token"), add_key(1, WIRE_phase_next); }
static void revoke_one(void) { revoke_key(1, 16); }
static void revoke_none(void) { revoke_key(3, 16); }
static void revoke_again(void) { revoke_key(2, 16); }
static void revoke_long(void) { revoke_key(1, 17); }

/* ---- and with what is sent, after that ---- */

static void no_act(void) { Q.has_act = false; }
static void no_approvals(void) { Q.has_approvals = false; }
static void other_command(void) { SET(Q.command, "set-clock"); }
static void stale(void) { Q.timestamp.seconds = COUNCIL_NOW - 31; }
static void other_attachment(void) { Q.attachment = span_text("vm b c:d\n"); }
static void no_attachment(void) { Q.has_attachment = false; }

static void
empty_arguments(void)
{
	static const uint8_t empty[] = { 0xa0 };

	Q.arguments = SPAN(empty);
}

static void
unasked_attachment(void)
{
	Q.has_attachment = true;
	Q.attachment = span_text(ACL);
}

static void
approval_of_another_act(void)
{
	uint8_t bytes[ACT_MAX];
	size_t len;

	A.epoch++;
	assert_err(wire_encode_object(&council.act, bytes, sizeof(bytes),
	    &len), ERR_OK);
	assert_err(act_approve(&council.officers[0], (struct span){ bytes,
	    len }, &Q.approvals.at[1]), ERR_OK);
}

static void
approval_for_something_else(void)
{
	assert_err(cose_sign_detached(&council.officers[0],
	    "anchorhold/1 trust", Q.act, Q.approvals.at[1].at,
	    sizeof(Q.approvals.at[1].at), &Q.approvals.at[1].len), ERR_OK);
}

static void
trailing_byte(void)
{
	council.bytes[Q.act.len++] = 0;
}

static const struct row {
	const char	*name;
	void		(*before)(void), (*after)(void);
	enum reason	 want;
	enum deed_kind	 deed;
} rows[] = {
#define ROW(what, before, after, want) \
	{ what, before, after, REASON_##want, DEED_NONE },
#define DONE(what, before, kind) \
	{ what, before, nothing, REASON_none, DEED_##kind },
	DONE("an act", nothing, OPEN_CHANNEL)
	DONE("of this epoch", this_epoch, OPEN_CHANNEL)
	ROW("of an epoch to come", future_epoch, nothing, act_epoch)
	DONE("of acts_from", at_acts_from, OPEN_CHANNEL)
	ROW("before acts_from", before_acts_from, nothing, act_epoch)
	DONE("200 epochs old", age_200, OPEN_CHANNEL)
	ROW("201 epochs old", age_201, nothing, act_epoch)
	ROW("expired this second", expires_now, nothing, act_expired)
	ROW("spent", is_spent, nothing, act_spent)
	ROW("for another appliance", for_another, nothing, act_appliance)
	ROW("approved by one", by_one, nothing, act_quorum)
	ROW("approved by nobody", by_nobody, nothing, act_quorum)
	ROW("no approvals at all", nothing, no_approvals, act_quorum)
	ROW("approved by the same one twice", by_one_twice, nothing,
	    act_quorum)
	DONE("approved by more than it takes, one of them twice",
	    by_three_and_one_twice, OPEN_CHANNEL)
	ROW("approved by a stranger", by_a_stranger, nothing, act_signature)
	ROW("an approval of another act", nothing, approval_of_another_act,
	    act_signature)
	ROW("a signature for something else", nothing,
	    approval_for_something_else, act_signature)
	ROW("no act", nothing, no_act, act_missing)
	ROW("a byte behind it", nothing, trailing_byte, act_shape)
	ROW("another command than the act's", nothing, other_command,
	    act_shape)
	ROW("other arguments than the act's", nothing, empty_arguments,
	    act_shape)
	ROW("a stale request", nothing, stale, request_stale)
	ROW("no such command", unknown_command, nothing, admin_command)

	DONE("in recovery, of this epoch, expired", in_recovery, SET_CLOCK)
	ROW("in recovery, an older one", in_recovery_older, nothing,
	    act_epoch)
	ROW("in recovery, a newer one", in_recovery_newer, nothing,
	    act_epoch)
	ROW("in recovery, spent", in_recovery_spent, nothing, act_spent)
	DONE("a rollback accepted", rolled_back, ACCEPT_ROLLBACK)
	DONE("whatever acts_from that copy has", rollback_before_acts_from,
	    ACCEPT_ROLLBACK)
	ROW("the clock, while rolled back", clock_while_rolled_back, nothing,
	    admin_state)
	ROW("a rollback that was none", rollback_while_serving, nothing,
	    admin_state)
	ROW("another command in recovery", channel_in_recovery, nothing,
	    admin_state)

	ROW("a channel where nothing failed", other_channel, nothing,
	    admin_vain)
	ROW("an operator who did not fail there", other_operator, nothing,
	    admin_vain)
	ROW("an argument that is missing", no_operator, nothing,
	    admin_arguments)
	ROW("an argument too many", one_argument_more, nothing,
	    admin_arguments)
	ROW("an argument of another kind", argument_of_another_kind, nothing,
	    admin_arguments)
	ROW("an argument that is no name", argument_too_long, nothing,
	    admin_arguments)
	DONE("an ACL", acl, SET_ACL)
	DONE("an ACL and a floor", acl_floor, SET_ACL)
	ROW("a floor above it", acl_floor_high, nothing, admin_arguments)
	ROW("a floor that goes down", acl_floor_low, nothing,
	    admin_arguments)
	ROW("an ACL with a wrong line", acl_wrong, nothing, admin_arguments)
	ROW("an ACL without rules", acl_empty, nothing, admin_arguments)
	ROW("an ACL with too many", acl_too_long, nothing, admin_arguments)
	ROW("another ACL than was approved", acl, other_attachment,
	    act_attachment)
	ROW("the ACL left out", acl, no_attachment, act_attachment)
	ROW("an attachment that nobody approved", nothing,
	    unasked_attachment, act_attachment)
	DONE("an operator disabled", disable, SET_OPERATOR)
	ROW("one who is enabled already", enable_again, nothing, admin_vain)
	ROW("one who is not there", disable_nobody, nothing, admin_vain)
	DONE("the next token key", rotate_token, ROTATE_KEY)
	DONE("the next audit key", rotate_audit, ROTATE_KEY)
	ROW("of a use that is not ours", rotate_entropy, nothing,
	    admin_arguments)
	ROW("when it is on its way", rotate_twice, nothing, admin_vain)
	DONE("a key revoked", revoke_one, REVOKE_KEY)
	ROW("a key that there is not", revoke_none, nothing, admin_vain)
	ROW("a key that was revoked", revoke_again, nothing, admin_vain)
	ROW("what is no kid", revoke_long, nothing, admin_arguments)
	DONE("a domain's TPM", enrol, ENROL_VM)
	DONE("one that was proven", enrol_proof, ENROL_VM)
	ROW("one that was half proven", enrol_half, nothing, admin_arguments)
	ROW("its TPM again", enrol_again, nothing, admin_enrolled)
	ROW("another TPM for it", enrol_other, nothing, admin_enrolled)
	ROW("its TPM for another", enrol_twice, nothing, admin_enrolled)
	ROW("its AK for another", enrol_its_ak, nothing, admin_enrolled)
	ROW("another AK of its TPM for another", enrol_its_tpm, nothing,
	    admin_enrolled)
	ROW("what is no Name of a key", enrol_long, nothing,
	    admin_arguments)
	ROW("a Name by another hash", enrol_sha384, nothing, admin_arguments)
	ROW("a Name of what is no object", enrol_handle, nothing,
	    admin_arguments)
	ROW("what is no name of a domain", enrol_no_name, nothing,
	    admin_arguments)
	ROW("a domain too many", enrol_in_vain, nothing, admin_arguments)
	DONE("its TPM replaced", replace, ENROL_VM)
	DONE("another AK of its TPM", replace_ak, ENROL_VM)
	ROW("one replaced that is none", replace_none, nothing, admin_vain)
	ROW("one replaced by itself", replace_same, nothing, admin_enrolled)
	ROW("one replaced by no Name", replace_long, nothing,
	    admin_arguments)
	DONE("a TPM that was put back", accept_back, ACCEPT_VM)
	DONE("the last reset of all", accept_most, ACCEPT_VM)
	ROW("a reset that none can be", accept_too_many, nothing,
	    admin_arguments)
	ROW("accepted of no domain", accept_none, nothing, admin_vain)
	ROW("accepted of no name", accept_longest, nothing, admin_arguments)
	ROW("accepted of a TPM never seen", accept_unseen, nothing,
	    admin_vain)
	ROW("accepted already", accept_again, nothing, admin_vain)
	ROW("accepted with more than that", accept_more, nothing,
	    admin_arguments)
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	struct effects fx;

	row->before();
	council_seal();
	row->after();
	council_decide(&fx);
	assert_string_equal(reason_code(fx.reason), reason_code(row->want));
	assert_int_equal(fx.told, fx.reason);
	assert_int_equal(fx.deed.kind, row->deed);
	/* Only a request that is not one of now leaves nothing behind. */
	assert_int_equal(fx.seen, row->want != REASON_request_stale);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++) {
		tests[i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
		tests[i].setup_func = council_meet;
		tests[i].teardown_func = council_leave;
	}
	return cmocka_run_group_tests_name("decide_act", tests, NULL, NULL);
}
