/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/hash.h"
#include "cryptod/admin.h"
#include "cryptod/cap.h"
#include "cryptod/cryptod.h"

#define PROBLEMS_MAX 16

struct problems {
	size_t		n;
	struct span	at[PROBLEMS_MAX];
};

static void
add(struct problems *p, bool is, const char *what)
{
	if (is && p->n < PROBLEMS_MAX)
		p->at[p->n++] = span_text(what);
}

/* Seconds until the first of the two keys stops signing. */
static uint64_t
key_left(const struct cryptod *d, uint64_t now)
{
	const struct key *token = state_signer(d->tables, WIRE_use_token, now);
	const struct key *audit = state_signer(d->tables, WIRE_use_audit, now);
	uint64_t end;

	if (token == NULL || audit == NULL)
		return 0;
	end = token->row.sign_until < audit->row.sign_until ?
	    token->row.sign_until : audit->row.sign_until;
	return end > now ? end - now : 0;
}

static uint64_t
key_age(const struct cryptod *d, enum wire_use use, uint64_t now)
{
	const struct key *k = state_signer(d->tables, use, now);

	return k == NULL ? 0 : now - k->row.not_before;
}

/* Seconds until the first of them has had its time. */
static uint64_t
rotation_left(const struct cryptod *d, uint64_t now)
{
	const uint64_t every = d->settings.rotate / 1000;
	const uint64_t token = rotate_at(d->tables, WIRE_use_token, every);
	const uint64_t audit = rotate_at(d->tables, WIRE_use_audit, every);
	const uint64_t first = token < audit ? token : audit;

	return first > now ? first - now : 0;
}

static bool
is_late(struct cryptod *d, uint64_t now)
{
	const struct rotate r = cryptod_rotation(d, now);

	return rotate_late(&r, WIRE_use_token) ||
	    rotate_late(&r, WIRE_use_audit);
}

/* Seconds until verifiers want newer key metadata, and refuse tokens. */
static uint64_t
metadata_left(const struct cryptod *d, uint64_t now)
{
	const uint64_t end = d->keys.issued_at + PUBLISH_FRESH;

	return end > now ? end - now : 0;
}

/* Writes that codes have today, and all that the TPM is rated for. */
static uint64_t
nv_left_today(const struct cryptod *d, struct moment now)
{
	return epoch_left(&d->step.policy, &d->tables->steps, now.wall);
}

static uint64_t
nv_left(const struct cryptod *d)
{
	return d->settings.nv_life > d->step.counter ?
	    d->settings.nv_life - d->step.counter : 0;
}

static void
look_at_tpm(const struct cryptod *d, struct moment now, struct problems *p)
{
	add(p, d->side.trouble != REASON_none,
	    reason_code(d->side.trouble));
	add(p, d->step.owed && d->step.late,
	    reason_code(REASON_epoch_unconfirmed));
	add(p, !d->step.policy.strict,
	    "codes do not step the TPM's counter");
	add(p, d->step.policy.strict && d->tables->steps.loose &&
	    nv_left_today(d, now) == 0, reason_code(REASON_nv_budget));
	add(p, nv_left(d) < d->settings.nv_life / 10,
	    "the TPM's writes are nearly used up: prepare to replace it");
	add(p, health_near_lockout(&d->side.health),
	    "somebody guesses at authorisations of the TPM, which is near to "
	    "its lockout; it does not touch our keys: find who has access");
	add(p, health_crowded(&d->side.health),
	    "another program leaves us no room in the TPM, which should be "
	    "ours alone: stop it");
}

/* What officers have accepted of a domain's TPM, and has not come yet. */
static bool
has_accepted(const struct cryptod *d)
{
	bool any = false;

	for (size_t i = 0; i < d->tables->nvms; i++)
		any = any || d->tables->vms[i].has_accept;
	return any;
}

static void
look(struct cryptod *d, struct moment now, struct problems *p)
{
	add(p, d->settings.lock_memory != LOCK_ALL,
	    "only the pages of secrets are locked in memory");
	add(p, cap_problem(d) != NULL, cap_problem(d));
	add(p, appraiser_trouble(d->appraiser) != REASON_none,
	    reason_code(REASON_attest_zygote));
	add(p, !d->sandboxed, "this kernel has no Landlock");
	if (d->state != SERVING)
		return;
	add(p, cryptod_clock(d, now) != REASON_none,
	    reason_code(REASON_clock_jumped));
	look_at_tpm(d, now, p);
	add(p, d->prove.distrust != REASON_none,
	    reason_code(d->prove.distrust));
	add(p, d->unpublished,
	    "the last key metadata could not be signed or kept");
	add(p, d->unwritten, "the state cannot be written");
	add(p, d->keys.issued_at + PUBLISH_FRESH < now.wall,
	    "the key metadata is stale");
	add(p, segments_last(d->segments) != d->tables->sequence,
	    "the audit segments cannot be written");
	add(p, is_late(d, now.wall), reason_code(REASON_key_late));
	add(p, has_accepted(d),
	    "a domain's TPM may go on at a reset that was not seen yet "
	    "(vm-accept)");
}

static enum wire_health
health(const struct cryptod *d, const struct problems *p)
{
	if (d->state == FAILED)
		return WIRE_health_error;
	if (d->state == RECOVERY)
		return WIRE_health_recovery;
	return p->n > 0 ? WIRE_health_degraded : WIRE_health_ok;
}

/* What an act has to say to be for this appliance, at this time. */
static void
put_acts(const struct cryptod *d, struct map_maker *map)
{
	const struct span key = WIRE_SPAN(d->tables->appliance.root_key);
	uint8_t thumbprint[SHA256_LEN];

	if (sha256(&key, 1, thumbprint) == ERR_OK)
		map_put_bytes(map, "appliance", SPAN(thumbprint));
	map_put_uint(map, "epoch", admin_counter(d));
	map_put_uint(map, "officers", d->tables->nofficers);
	if (!d->tables->has_acts)
		return;
	map_put_uint(map, "quorum", d->tables->acts.quorum);
	map_put_uint(map, "acts_from", d->tables->acts.acts_from);
}

static void
put_serving(const struct cryptod *d, struct moment now,
    struct map_maker *map)
{
	map_put_text(map, "issuer", span_text(d->root.issuer));
	map_put_text(map, "custody", span_text(cryptod_waits_for_tpm(d) ?
	    "tpm" : "software"));
	map_put_uint(map, "audit_sequence", d->tables->sequence);
	map_put_uint(map, "metadata_version",
	    d->tables->appliance.metadata_version);
	map_put_uint(map, "policy_version",
	    d->tables->appliance.policy_version);
	map_put_uint(map, "published_s_ago",
	    now.wall > d->keys.issued_at ? now.wall - d->keys.issued_at : 0);
	map_put_uint(map, "metadata_left_s", metadata_left(d, now.wall));
	map_put_uint(map, "key_left_s", key_left(d, now.wall));
	map_put_uint(map, "token_key_age_s",
	    key_age(d, WIRE_use_token, now.wall));
	map_put_uint(map, "audit_key_age_s",
	    key_age(d, WIRE_use_audit, now.wall));
	map_put_uint(map, "rotation_left_s", rotation_left(d, now.wall));
	map_put_uint(map, "nv_left", nv_left(d));
	map_put_uint(map, "nv_left_today", nv_left_today(d, now));
	map_put_uint(map, "commits", d->commits);
	map_put_uint(map, "granted", d->granted);
	map_put_uint(map, "refused", d->refused);
}

static enum err
put_detail(const struct cryptod *d, struct moment now,
    const struct problems *p, uint8_t *room, struct span *out)
{
	struct health_text tpm;
	struct map_maker map;

	health_say(d, &tpm);
	map_begin(&map);
	map_put_text(&map, "version", span_text(PACKAGE_VERSION));
	map_put_uint(&map, "up_s", (now.boot_ms - d->started.boot_ms) / 1000);
	map_put_text(&map, "lock_memory", span_text(
	    d->settings.lock_memory == LOCK_ALL ? "all" : "secrets"));
	map_put_bool(&map, "landlock", d->sandboxed);
	map_put_text(&map, "cap", span_text(cap_state(d)));
	map_put_text(&map, "start", span_text(
	    d->anchor.anchor.attended ? "attended" : "unattended"));
	map_put_text(&map, "appraise", span_text(
	    d->prove.references != NULL ? "on" : "off"));
	map_put_text(&map, "anchor", span_text(
	    d->settings.anchor == ANCHOR_STRICT ? "strict" : "timed"));
	map_put_text(&map, "tpm", span_text(side_state(d)));
	map_put_texts(&map, "tpm_health", tpm.line, tpm.n);
	map_put_texts(&map, "problems", p->at, p->n);
	if (d->why != REASON_none)
		map_put_text(&map, "reason", span_text(reason_code(d->why)));
	if (d->state != FAILED)
		put_acts(d, &map);
	if (d->state == SERVING)
		put_serving(d, now, &map);
	return map_end(&map, room, MAP_BYTES, out);
}

enum err
cryptod_status(void *self, const struct peer *peer, struct span body,
    const struct msg *in, struct msg *out)
{
	struct cryptod *d = self;
	const struct moment now = clock_now();
	struct problems p = { 0 };

	(void)peer;
	(void)body;
	look(d, now, &p);
	/* All of a turn are told the same: the first still borrows it. */
	if (d->told.len == 0)
		TRY(put_detail(d, now, &p, d->status, &d->told));
	*out = (struct msg){ .type = MSG_status_resp };
	out->status_resp.request_id = in->status_req.request_id;
	out->status_resp.state = health(d, &p);
	out->status_resp.detail = d->told;
	return ERR_OK;
}
