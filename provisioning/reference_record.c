/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "attest/bank.h"
#include "attest/eventlog.h"
#include "base/log.h"
#include "base/own.h"
#include "provisioning/reference_evidence.h"
#include "provisioning/reference_rules.h"
#include "tpm/tpm.h"

/* Values of a bank, wherever they come from, and the log that goes with
 * them. */
struct values {
	uint32_t	mask;
	size_t		len;
	uint8_t		at[REFERENCE_PCRS][HASH_LEN_MAX];
	struct span	log;		/* empty: none */
};

enum err
reference_read(const char *path, uint8_t buf[static REFERENCE_INPUT],
    struct span *out)
{
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd == -1)
		return log_errno("%s", path);
	while ((n = read(fd, buf + len, REFERENCE_INPUT - len)) > 0)
		len += (size_t)n;
	if (n == -1)
		return log_errno("%s", path);
	*out = (struct span){ buf, len };
	return len < REFERENCE_INPUT ? ERR_OK :
	    log_err(ERR_LIMIT, "%s: longer than %d bytes", path,
	    REFERENCE_INPUT - 1);
}

/* "0,1,7" */
enum err
reference_pcrs(const char *option, const char *text, uint64_t *mask)
{
	char *end = NULL;

	for (*mask = 0; *text != '\0'; text = *end == ',' ? end + 1 : end) {
		const unsigned long n = strtoul(text, &end, 10);

		if (end == text || n >= REFERENCE_PCRS ||
		    (*end != ',' && *end != '\0'))
			return log_err(ERR_MALFORMED, "%s: not like 0,1,7",
			    option);
		*mask |= UINT64_C(1) << n;
	}
	return *mask != 0 ? ERR_OK :
	    log_err(ERR_MALFORMED, "%s: there is none", option);
}

/* A log that makes sense. */
static enum err
read_log(const char *path, struct span *in, struct eventlog *log)
{
	static uint8_t input[REFERENCE_INPUT];
	struct eventlog_flaw flaw = { .why = NULL };

	TRY(reference_read(path, input, in));
	if (eventlog_open(*in, log, &flaw) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: at byte %zu: %s", path,
		    flaw.at, flaw.why);
	return ERR_OK;
}

static enum err
from_tpm(struct reference_options *o, const struct msg_reference *r,
    struct values *v)
{
	struct tpm *tpm OWNED(tpm_drop) = NULL;
	struct tpm_pcrs p = { .select = { (uint16_t)r->alg,
	    (uint32_t)r->mask } };
	struct eventlog log;

	if (o->log != NULL)
		TRY(read_log(o->log, &v->log, &log));
	o->blame = REFERENCE_SYSTEM;
	TRY(tpm_open(o->tcti, &tpm));
	TRY(tpm_pcr_read(tpm, &p));
	o->blame = REFERENCE_USAGE;
	v->mask = p.select.mask;
	v->len = p.digest_len;
	for (size_t i = 0; i < REFERENCE_PCRS; i++)
		memcpy(v->at[i], p.value[i], v->len);
	return ERR_OK;
}

static enum err
from_log(const struct reference_options *o, const struct msg_reference *r,
    struct values *v)
{
	struct eventlog_pcrs p;
	struct eventlog log;

	TRY(read_log(o->log, &v->log, &log));
	if (eventlog_replay(&log, (uint16_t)r->alg, &p) != ERR_OK)
		return log_err(ERR_NOT_FOUND, "%s: it has no such bank",
		    o->log);
	v->mask = 0xffffff;
	v->len = p.len;
	for (size_t i = 0; i < REFERENCE_PCRS; i++)
		memcpy(v->at[i], p.value[i], v->len);
	return ERR_OK;
}

/* Machine, bank, PCRs and AK are those of the evidence. */
static enum err
from_evidence(struct reference_options *o, struct msg_reference *r,
    struct values *v)
{
	static struct evidence e;
	const uint8_t *at = e.values;

	TRY(reference_evidence(o, &e, r));
	v->mask = e.mask;
	v->len = bank_len(e.alg);
	v->log = e.event_log;
	for (size_t i = 0; i < REFERENCE_PCRS; i++)
		if ((e.mask >> i & 1) != 0) {
			memcpy(v->at[i], at, v->len);
			at += v->len;
		}
	return ERR_OK;
}

/* Where they come from; rules alone need none.  Of a PCR that is fixed no log
 * tells. */
static enum err
observe(struct reference_options *o, struct msg_reference *r,
    struct values *v)
{
	if (o->evidence != NULL)
		return from_evidence(o, r, v);
	if (o->log != NULL && o->fixed == NULL)
		return from_log(o, r, v);
	return o->rules != NULL && o->fixed == NULL ? ERR_OK :
	    from_tpm(o, r, v);
}

/* With the cap as it is once cryptod serves, whatever it is now. */
static enum err
make_set(const struct reference_options *o, const struct msg_reference *r,
    struct values *v, uint8_t room[static HASH_LEN_MAX * REFERENCE_PCRS],
    struct span *set)
{
	*set = (struct span){ room, 0 };
	if (o->cap > 0 && r->alg == BANK_SHA256 &&
	    strcmp(r->vm_id.at, "cryptod") == 0)
		TRY(capped_value(v->at[o->cap]));
	for (size_t i = 0; i < REFERENCE_PCRS; i++) {
		if ((r->mask >> i & 1) == 0)
			continue;
		if ((v->mask >> i & 1) == 0)
			return log_err(ERR_NOT_FOUND, "PCR %zu: there is no "
			    "value of it", i);
		memcpy(room + set->len, v->at[i], v->len);
		set->len += v->len;
	}
	return ERR_OK;
}

/* What nobody speaks of stays; evidence speaks of its TPM's firmware. */
static void
keep_policy(const struct reference_options *o,
    const struct msg_reference *old, struct msg_reference *r)
{
	if (!o->has_floor && o->evidence == NULL)
		r->firmware_floor = old->firmware_floor;
	if (!o->lax)
		r->strict_reset = r->strict_reset || old->strict_reset;
}

/* Beside the sets of before, or in their place; rules alone need none. */
static enum err
put_set(const struct reference_options *o, const struct msg_trust *t,
    struct msg_reference *r, struct span set)
{
	static struct msg_reference all[REFERENCES_MAX];
	const size_t n = machines_of(t, all);
	size_t at = 0;

	while (at < n && strcmp(all[at].vm_id.at, r->vm_id.at) != 0)
		at++;
	if (at < n)
		keep_policy(o, &all[at], r);
	if (at < n && all[at].alg == r->alg && all[at].mask == r->mask) {
		if (o->rules == NULL) {
			r->has_rules = all[at].has_rules;
			r->rules = all[at].rules;
			r->has_fixed = all[at].has_fixed;
			r->fixed = all[at].fixed;
		}
		r->has_sets = o->add && all[at].has_sets;
		if (r->has_sets)
			r->sets = all[at].sets;
	}
	if (set.len == 0)
		return ERR_OK;
	if (r->sets.count == REFERENCE_SETS)
		return log_err(ERR_LIMIT, "%s has %d sets already",
		    r->vm_id.at, REFERENCE_SETS);
	r->has_sets = true;
	r->sets.at[r->sets.count++] = set;
	return ERR_OK;
}

/* The rules of the text, which that log has to meet if there is one. */
static enum err
take_rules(struct reference_options *o, struct msg_reference *r,
    const struct values *v, uint8_t object[static EVENT_RULES_BYTES])
{
	uint8_t values[HASH_LEN_MAX * REFERENCE_PCRS];
	struct event_goal goal = { .alg = (uint16_t)r->alg,
	    .values = { values, 0 } };

	if (o->fixed != NULL) {
		TRY(reference_pcrs("--fixed", o->fixed, &r->fixed));
		r->has_fixed = true;
	}
	if ((r->fixed & ~r->mask) != 0 || r->fixed == r->mask)
		return log_err(ERR_MALFORMED, "--fixed %s: not some of the "
		    "PCRs that are quoted", o->fixed);
	goal.mask = (uint32_t)(r->mask & ~r->fixed);
	TRY(rules_read(o->rules, goal.alg, object, &r->rules));
	r->has_rules = true;
	if (v->log.len == 0) {
		printf("%s: no log was held against these rules\n", o->rules);
		return ERR_OK;
	}
	for (size_t i = 0; i < REFERENCE_PCRS; i++)
		if ((goal.mask >> i & 1) != 0) {
			memcpy(values + goal.values.len, v->at[i], v->len);
			goal.values.len += v->len;
		}
	o->blame = REFERENCE_NO;
	TRY(rules_try(o->rules, v->log, &goal, r->rules));
	o->blame = REFERENCE_USAGE;
	return ERR_OK;
}

static enum err
take_options(const struct reference_options *o, struct msg_reference *r)
{
	struct span name;
	uint16_t alg;

	r->firmware_floor = o->floor;
	r->strict_reset = o->strict;
	if (o->fixed != NULL && o->rules == NULL)
		return log_err(ERR_MALFORMED, "--fixed: beside which "
		    "--rules?");
	if (o->evidence != NULL)
		return ERR_OK;
	if (o->challenge != NULL)
		return log_err(ERR_MALFORMED, "--challenge: of which "
		    "--evidence?");
	if (o->vm == NULL || o->ak == NULL || o->pcrs == NULL ||
	    WIRE_SET_TEXT(r->vm_id, span_text(o->vm)) != ERR_OK)
		return log_err(ERR_MALFORMED, "record needs --vm, --ak and "
		    "--pcrs, or --evidence");
	if (bank_find(span_text(o->bank), &alg) != ERR_OK)
		return log_err(ERR_MALFORMED, "--bank %s: no such bank",
		    o->bank);
	r->alg = alg;
	TRY(reference_pcrs("--pcrs", o->pcrs, &r->mask));
	r->ak_name.len = sizeof(r->ak_name.at);
	return reference_hex("--ak", o->ak, sizeof(r->ak_name.at), &name,
	    r->ak_name.at, sizeof(r->ak_name.at));
}

enum err
reference_renew(struct reference_options *o, struct brief *b)
{
	static uint8_t object[TRUST_MAX];
	enum err e;

	if (b->file.trust_file.signatures.count > 0)
		b->m.trust.version++;
	TRY(brief_renew(b, object));
	e = brief_write(b, o->out != NULL ? o->out : o->file[0],
	    o->out != NULL);
	o->blame = e == ERR_STATE ? REFERENCE_NO : REFERENCE_SYSTEM;
	TRY(e);
	printf("%s: version %zu, to be signed\n", o->out != NULL ? o->out :
	    o->file[0], (size_t)b->m.trust.version);
	return ERR_OK;
}

enum err
reference_record(struct reference_options *o)
{
	static uint8_t room[TRUST_MAX], object[EVENT_RULES_BYTES];
	static struct brief b;
	static struct values v;
	uint8_t bytes[HASH_LEN_MAX * REFERENCE_PCRS];
	struct msg_reference r = { .alg = 0 };
	struct span set = { };

	TRY(brief_read(o->file[0], &b));
	TRY(take_options(o, &r));
	TRY(observe(o, &r, &v));
	if (o->rules != NULL)
		TRY(take_rules(o, &r, &v, object));
	if (o->rules == NULL || r.has_fixed)
		TRY(make_set(o, &r, &v, bytes, &set));
	TRY(put_set(o, &b.m.trust, &r, set));
	TRY(machines_put(&b.m.trust, &r, room));
	return reference_renew(o, &b);
}

/* ---- who signs from the next file on ---- */

static enum err
take_officer(const char *path, struct msg_officer_named *out)
{
	static uint8_t input[REFERENCE_INPUT];
	struct span in = { NULL, 0 };
	struct msg m;

	TRY(reference_read(path, input, &in));
	if (wire_decode_object(MSG_officer_key, in, &m) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: not an officer's public "
		    "key, as anchorctl officer make writes it", path);
	out->key = m.officer_key.key;
	out->officer_id = m.officer_key.officer_id;
	return ERR_OK;
}

enum err
reference_officers(struct reference_options *o)
{
	static struct brief b;

	TRY(brief_read(o->file[0], &b));
	b.m.trust.officers.count = o->nofficers;
	for (size_t i = 0; i < o->nofficers; i++)
		TRY(take_officer(o->officer[i], &b.m.trust.officers.at[i]));
	b.m.trust.quorum = o->quorum;
	return reference_renew(o, &b);
}
