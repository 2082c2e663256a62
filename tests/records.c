/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/records.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

static void
set_text(size_t *len, void *at, const char *text)
{
	*len = strlen(text);
	memcpy(at, text, *len);
}

#define SET_TEXT(string, text) set_text(&(string).len, (string).at, (text))

static uint64_t
number(const char *text)
{
	return strtoull(text, NULL, 10);
}

/* The value of a word of a set: 1 for the first. */
static unsigned
word_of(const char *const *words, const char *word)
{
	unsigned i = 0;

	while (words[i] != NULL && strcmp(words[i], word) != 0)
		i++;
	assert_non_null(words[i]);
	return i + 1;
}

static const char *const kinds[] = {
	"operator", "vm", "audience", "person", "channel", "release", NULL };
static const char *const phases[] = {
	"next", "current", "previous", "revoked", NULL };
static const char *const marks[] = {
	"start", "commit", "cut", "stop", "clock", NULL };

static void
make_appliance(char **w, struct msg *m)
{
	m->type = MSG_appliance;
	SET_TEXT(m->appliance.issuer, w[1]);
	m->appliance.root_key.len = 40;
	if (w[6] != NULL && strcmp(w[6], "root") == 0)
		m->appliance.root_key.at[39] = 1;
	if (w[6] != NULL && strcmp(w[6], "created") == 0)
		m->appliance.created = 1;
	m->appliance.policy_floor = number(w[2]);
	m->appliance.policy_version = number(w[3]);
	m->appliance.metadata_version = number(w[4]);
	m->appliance.revocation_version = number(w[5]);
}

static void
make_device(char **w, struct msg *m)
{
	m->type = MSG_device;
	m->device.alg = WIRE_hash_sha1;
	SET_TEXT(m->device.operator_id, w[1]);
	SET_TEXT(m->device.device_id, w[2]);
	m->device.step = number(w[3]);
	m->device.digits = number(w[4]);
	m->device.floor = number(w[5]);
	m->device.secret.len = 20;
	memset(m->device.secret.at, w[2][0], 20);
}

static void
make_floor(char **w, struct msg *m)
{
	m->type = MSG_floor;
	SET_TEXT(m->floor.operator_id, w[1]);
	SET_TEXT(m->floor.device_id, w[2]);
	m->floor.floor = number(w[3]);
	m->floor.has_restart = m->floor.restart = w[4] != NULL;
	m->floor.has_floor_channel = w[4] == NULL;
	SET_TEXT(m->floor.floor_channel, w[4] == NULL ? "vm1" : "");
}

static void
make_rule(char **w, struct msg *m)
{
	m->type = MSG_rule;
	m->rule.kind = word_of(kinds, w[1]);
	SET_TEXT(m->rule.name, w[2]);
	SET_TEXT(m->rule.scope, w[3]);
	if (w[4] != NULL) {
		m->rule.has_lifetime = true;
		m->rule.lifetime = number(w[4]);
	}
}

static void
make_key(char **w, struct msg *m)
{
	m->type = MSG_key;
	m->key.kid.len = 16;
	m->key.kid.at[0] = (uint8_t)w[1][0];
	m->key.use = WIRE_use_token;
	m->key.state = word_of(phases, w[2]);
	m->key.sign_until = number(w[3]);
	m->key.not_after = number(w[4]);
	m->key.not_before = w[5] == NULL ? 0 : number(w[5]);
	m->key.seed.len = 32;
	memset(m->key.seed.at, w[1][0], 32);
}

static void
make_phase(char **w, struct msg *m)
{
	m->type = MSG_key_phase;
	m->key_phase.kid.len = 16;
	m->key_phase.kid.at[0] = (uint8_t)w[1][0];
	m->key_phase.state = word_of(phases, w[2]);
	m->key_phase.sign_until = number(w[3]);
	m->key_phase.not_after = number(w[4]);
	if (w[5] != NULL) {
		m->key_phase.has_announced = true;
		m->key_phase.announced = number(w[5]);
	}
}

static void
make_seen(char **w, struct msg *m)
{
	m->type = MSG_seen;
	SET_TEXT(m->seen.peer, w[1]);
	SET_TEXT(m->seen.request_id, "3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17");
	m->seen.request_id.at[0] = w[2][0];
	m->seen.nonce.len = 16;
	m->seen.nonce.at[0] = (uint8_t)w[2][0];
	m->seen.until = number(w[3]);
}

static void
make_failures(char **w, struct msg *m)
{
	m->type = MSG_failures;
	SET_TEXT(m->failures.channel, w[1]);
	SET_TEXT(m->failures.operator, w[2][0] == '-' ? "" : w[2]);
	m->failures.total = number(w[3]);
	m->failures.times.len = number(w[4]);
}

static void
make_officer(char **w, struct msg *m)
{
	m->type = MSG_officer;
	SET_TEXT(m->officer.officer_id, w[1]);
	m->officer.key.len = 40;
	m->officer.key.at[0] = (uint8_t)w[2][0];
}

static void
make_acts(char **w, struct msg *m)
{
	m->type = MSG_acts;
	m->acts.quorum = number(w[1]);
	m->acts.acts_from = number(w[2]);
}

static void
make_spent(char **w, struct msg *m)
{
	m->type = MSG_spent;
	SET_TEXT(m->spent.act_id, "3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17");
	m->spent.act_id.at[0] = w[1][0];
	if (w[1][1] != '\0')
		snprintf(m->spent.act_id.at + 24, 13, "%012u",
		    (unsigned)number(w[1] + 1));
	m->spent.epoch = number(w[2]);
	m->spent.counter = number(w[3]);
}

/* Its TPM is its AK, or what is behind a slash. */
static void
make_vm(char **w, struct msg *m)
{
	const char *tpm;

	m->type = MSG_vm;
	SET_TEXT(m->vm.vm_id, w[1]);
	m->vm.ak_name.len = 34;
	(void)!snprintf((char *)m->vm.ak_name.at, 34, "%s", w[2]);
	tpm = strchr(w[2], '/');
	m->vm.ek.len = 32;
	(void)!snprintf((char *)m->vm.ek.at, 32, "%s",
	    tpm != NULL ? tpm : w[2]);
	SET_TEXT(m->vm.by, w[3]);
}

static void
make_appraised(char **w, struct msg *m)
{
	m->type = MSG_appraised;
	SET_TEXT(m->appraised.vm_id, w[1]);
	m->appraised.reset = number(w[2]);
	m->appraised.restart = number(w[3]);
	m->appraised.clock = number(w[4]);
	m->appraised.unsafe = true;
}

static void
make_accepted(char **w, struct msg *m)
{
	m->type = MSG_accepted;
	SET_TEXT(m->accepted.vm_id, w[1]);
	m->accepted.reset = number(w[2]);
}

static void
make_trusted(char **w, struct msg *m)
{
	m->type = MSG_trusted;
	m->trusted.version = number(w[1]);
	m->trusted.digest.len = 32;
}

static void
make_gone(char **w, struct msg *m)
{
	struct msg_gone *g = &m->gone;

	m->type = MSG_gone;
	g->has_operator_id = strcmp(w[1], "operator") == 0 ||
	    strcmp(w[1], "device") == 0;
	g->has_device_id = strcmp(w[1], "device") == 0;
	g->has_kind = strcmp(w[1], "rule") == 0;
	g->has_name = g->has_kind && w[3] != NULL;
	g->has_scope = g->has_name || strcmp(w[1], "secret") == 0;
	g->has_kid = strcmp(w[1], "key") == 0;
	if (g->has_operator_id)
		SET_TEXT(g->operator_id, w[2]);
	if (g->has_device_id)
		SET_TEXT(g->device_id, w[3]);
	if (g->has_kind)
		g->kind = word_of(kinds, w[2]);
	if (g->has_name)
		SET_TEXT(g->name, w[3]);
	if (g->has_scope)
		SET_TEXT(g->scope, g->has_kind ? w[4] : w[2]);
	if (g->has_kid) {
		g->kid.len = 16;
		g->kid.at[0] = (uint8_t)w[2][0];
	}
}

static void
make_entry(const struct state *s, char **w, struct msg *m)
{
	static uint8_t body[1024];
	struct msg e = { .type = MSG_audit_log };
	struct msg_audit_log *a = &e.audit_log;

	m->type = MSG_entry;
	m->entry.body = span_text("nonsense");
	if (w[1][0] != '+')
		return;
	SET_TEXT(a->actor, "vm1");
	SET_TEXT(a->action, "test");
	SET_TEXT(a->result, "ok");
	SET_TEXT(a->entry_id, "3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17");
	a->sequence = s->sequence + number(w[1] + 1);
	a->signature.len = 1;
	a->previous.len = 32;
	memcpy(a->previous.at, s->head, 32);
	if (w[2] != NULL)
		a->previous.at[31] ^= 1;
	assert_err(wire_encode_object(&e, body, sizeof(body),
	    &m->entry.body.len), ERR_OK);
	m->entry.body.at = body;
}

static void
make_other(char **w, struct msg *m)
{
	if (strcmp(w[0], "operator") == 0) {
		m->type = MSG_operator;
		SET_TEXT(m->operator.operator_id, w[1]);
	} else if (strcmp(w[0], "secret") == 0) {
		m->type = MSG_secret;
		SET_TEXT(m->secret.name, w[1]);
		SET_TEXT(m->secret.value, "value");
	} else if (strcmp(w[0], "head") == 0) {
		m->type = MSG_audit_head;
		m->audit_head.sequence = number(w[1]);
		m->audit_head.digest.len = 32;
	} else if (strcmp(w[0], "mark") == 0) {
		m->type = MSG_mark;
		m->mark.kind = word_of(marks, w[1]);
		m->mark.wall = number(w[2]);
		m->mark.has_clock = m->mark.has_reset = w[3] != NULL;
		if (w[3] != NULL) {
			m->mark.clock = number(w[3]);
			m->mark.reset = number(w[4]);
		}
	} else if (strcmp(w[0], "steps") == 0) {
		m->type = MSG_steps;
		m->steps.day = number(w[1]);
		m->steps.total = number(w[2]);
		m->steps.loose = true;
	} else {
		m->type = MSG_status_req;
	}
}

void
records_make(const struct state *s, char **w, struct msg *m)
{
	static const struct {
		const char	*name;
		void		(*make)(char **w, struct msg *m);
	} makers[] = {
		{ "appliance", make_appliance }, { "device", make_device },
		{ "floor", make_floor }, { "rule", make_rule },
		{ "key", make_key }, { "phase", make_phase },
		{ "seen", make_seen }, { "failures", make_failures },
		{ "gone", make_gone }, { "officer", make_officer },
		{ "acts", make_acts }, { "spent", make_spent },
		{ "vm", make_vm }, { "appraised", make_appraised },
		{ "accepted", make_accepted }, { "trusted", make_trusted },
	};

	memset(m, 0, sizeof(*m));
	for (size_t i = 0; i < ROWS(makers); i++)
		if (strcmp(w[0], makers[i].name) == 0) {
			makers[i].make(w, m);
			return;
		}
	if (strcmp(w[0], "entry") == 0)
		make_entry(s, w, m);
	else
		make_other(w, m);
}

static enum err
add_to_image(void *self, const struct msg *m)
{
	struct records_image *i = self;
	size_t len;

	TRY(wire_encode_object(m, i->at + i->len, sizeof(i->at) - i->len,
	    &len));
	i->len += len;
	return ERR_OK;
}

void
records_image(const struct state *s, struct records_image *i)
{
	i->len = 0;
	assert_err(state_dump(s, add_to_image, i), ERR_OK);
}

enum err
records_run(struct state *s, const char *script)
{
	static struct records_image before, after;
	char text[512], *rest, *command;
	enum err e = ERR_OK;

	snprintf(text, sizeof(text), "%s", script);
	for (command = strtok_r(text, ";", &rest); command != NULL;
	    command = strtok_r(NULL, ";", &rest)) {
		char *w[RECORDS_WORDS] = { NULL }, *next = NULL;
		struct msg m;
		size_t n = 0;

		assert_err(e, ERR_OK);
		for (char *t = strtok_r(command, " ", &next); t != NULL;
		    t = strtok_r(NULL, " ", &next))
			w[n++] = t;
		records_make(s, w, &m);
		records_image(s, &before);
		e = state_apply(s, &m);
		records_image(s, &after);
		if (e != ERR_OK) {
			assert_int_equal(before.len, after.len);
			assert_memory_equal(before.at, after.at, after.len);
		}
	}
	return e;
}

unsigned
records_kind(const char *word)
{
	return word_of(kinds, word);
}
