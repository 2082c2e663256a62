/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The golden journal, whole and as payloads, and a log with each flaw. */

#include <stdio.h>

#include "audit/checkpoint.h"
#include "audit/entry.h"
#include "base/own.h"
#include "store/journal_int.h"
#include "tests/fuzz/seed.h"
#include "tests/fuzz/state_scene.h"

#define CAP 16384
#define ENTRIES 3

static enum err
put(const char *dir, char door, const char *suffix, struct span seed)
{
	const char name[] = { door, '\0' };

	return seed_write(dir, name, suffix,
	    (struct span[]){ span_text(name), seed }, 2);
}

static enum err
read_golden(uint8_t *buf, struct span *out)
{
	FILE *f = fopen(GOLDEN, "rb");

	if (f == NULL)
		return ERR_NOT_FOUND;
	*out = (struct span){ buf, fread(buf, 1, CAP, f) };
	fclose(f);
	return ERR_OK;
}

/* The payloads of its snapshot and its commits, each behind its length. */
static enum err
unseal(struct span in, uint8_t *out, size_t *len)
{
	static const uint8_t key[32] = SCENE_KEY;
	static uint8_t plain[CAP];
	struct secret *keys OWNED(secret_drop) = NULL;
	struct chain c = { .index = 0 };
	size_t n;

	TRY(seal_keys(SPAN(key), &keys));
	memcpy(c.id, in.at + FILE_MAGIC_LEN, SEAL_ID_LEN);
	*len = 0;
	for (size_t at = FILE_HEAD_LEN; at < in.len; at += n + SEAL_OVER) {
		struct span frame = { in.at + at, 0 };

		TRY(seal_length(keys, frame.at, &n));
		frame.len = n + SEAL_OVER;
		TRY(seal_open(keys, &c, frame, plain));
		seal_advance(&c, frame);
		if (plain[8] != FRAME_SNAPSHOT && plain[8] != FRAME_COMMIT)
			continue;
		out[(*len)++] = (uint8_t)((n - JOURNAL_PLAIN_HEAD) >> 8);
		out[(*len)++] = (uint8_t)(n - JOURNAL_PLAIN_HEAD);
		memcpy(out + *len, plain + JOURNAL_PLAIN_HEAD,
		    n - JOURNAL_PLAIN_HEAD);
		*len += n - JOURNAL_PLAIN_HEAD;
	}
	return ERR_OK;
}

/* What the golden journal is too old for. */
static enum err
put_office(const char *dir)
{
	struct msg m[7] = { { .type = MSG_officer }, { .type = MSG_acts },
		{ .type = MSG_spent }, { .type = MSG_vm },
		{ .type = MSG_appraised }, { .type = MSG_trusted },
		{ .type = MSG_accepted } };
	uint8_t buf[1024] = { 0 };
	struct writer w = writer_of(buf + 3, sizeof(buf) - 3);
	size_t n;

	TRY(WIRE_SET_TEXT(m[0].officer.officer_id, span_text("ann")));
	m[0].officer.key.len = 1;
	m[1].acts.quorum = 1;
	TRY(WIRE_SET_TEXT(m[2].spent.act_id,
	    span_text("3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17")));
	TRY(WIRE_SET_TEXT(m[3].vm.vm_id, span_text("web")));
	TRY(WIRE_SET_TEXT(m[3].vm.by, span_text("ceremony")));
	m[3].vm.ak_name.len = 34;
	m[3].vm.ek.len = 32;
	TRY(WIRE_SET_TEXT(m[4].appraised.vm_id, span_text("web")));
	m[5].trusted.version = 1;
	m[5].trusted.digest.len = 32;
	TRY(WIRE_SET_TEXT(m[6].accepted.vm_id, span_text("web")));
	for (size_t i = 0; i < 7; i++) {
		TRY(item_put_text(&w, span_text(wire_name(m[i].type))));
		TRY(wire_encode_object(&m[i], w.at, (size_t)(w.end - w.at),
		    &n));
		w.at += n;
	}
	n = (size_t)(w.at - buf);
	buf[1] = (uint8_t)((n - 3) >> 8);
	buf[2] = (uint8_t)(n - 3);
	return put(dir, 's', "office", (struct span){ buf, n });
}

static enum err
put_journals(const char *dir)
{
	static uint8_t raw[CAP], payloads[CAP + 1];
	struct span golden, sealed = { payloads, 0 };
	char name[8];

	TRY(read_golden(raw, &golden));
	TRY(put(dir, 'j', "golden", golden));
	TRY(unseal(golden, payloads + 1, &sealed.len));
	sealed.len++;
	for (unsigned flags = 0; flags <= SCENE_FORMAT; flags++) {
		payloads[0] = (uint8_t)flags;
		snprintf(name, sizeof(name), "flags%u", flags);
		TRY(put(dir, 's', name, sealed));
	}
	payloads[0] = 0;
	payloads[3] ^= 0xff;
	TRY(put(dir, 's', "nonsense", sealed));
	TRY(put_office(dir));
	raw[golden.len / 2] ^= 1;
	return put(dir, 'j', "flipped", golden);
}

/* ---- the log ---- */

struct log {
	struct span	entry[ENTRIES];
	uint8_t		head[32];	/* of the last one */
	uint8_t		bytes[ENTRIES][1024];
};

static enum err
make_log(const struct scene *s, struct log *l)
{
	uint8_t map[256];
	struct msg m = { .type = MSG_audit_log };
	struct msg_audit_log *a = &m.audit_log;

	memset(l->head, 0, sizeof(l->head));
	TRY(WIRE_SET_TEXT(a->actor, span_text("op:al")));
	TRY(WIRE_SET_TEXT(a->action, span_text(AUDIT_ROTATED)));
	TRY(WIRE_SET_TEXT(a->result, span_text("ok")));
	TRY(WIRE_SET_TEXT(a->entry_id,
	    span_text("3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17")));
	a->has_metadata = true;
	TRY(audit_rotation(&s->audit.key, span_text("audit"), map,
	    sizeof(map), &a->metadata));
	for (size_t i = 0; i < ENTRIES; i++) {
		a->sequence = i + 1;
		l->entry[i].at = l->bytes[i];
		TRY(scene_entry(&s->audit, &m, l->head, l->bytes[i],
		    sizeof(l->bytes[i]), &l->entry[i].len));
	}
	return ERR_OK;
}

/* Entries by their numbers, as one segment. */
static enum err
put_segment(const char *dir, char door, const char *suffix,
    const struct log *l, const char *order)
{
	const char name[] = { door, '\0' };
	struct span parts[8] = { span_text(name) };
	size_t n = 1;

	for (; *order != '\0'; order++)
		parts[n++] = l->entry[*order - '1'];
	return seed_write(dir, name, suffix, parts, n);
}

static enum err
put_log(const char *dir, const struct scene *s)
{
	static struct log l;
	struct msg m;
	uint8_t zero[32] = { 0 };

	TRY(make_log(s, &l));
	TRY(put_segment(dir, 'g', "sound", &l, "123"));
	TRY(put_segment(dir, 'h', "sound", &l, "123"));
	TRY(put_segment(dir, 'h', "missing", &l, "13"));
	TRY(put_segment(dir, 'h', "order", &l, "11"));
	TRY(put(dir, 'g', "shape", span_text("no entry")));
	TRY(wire_decode_object(MSG_audit_log, l.entry[0], &m));
	m.audit_log.previous.at[0] ^= 1;
	TRY(wire_encode_object(&m, l.bytes[1], sizeof(l.bytes[1]),
	    &l.entry[1].len));
	TRY(put_segment(dir, 'g', "chain", &l, "2"));
	m.audit_log.previous.at[0] ^= 1;
	m.audit_log.timestamp++;
	TRY(wire_encode_object(&m, l.bytes[1], sizeof(l.bytes[1]),
	    &l.entry[1].len));
	TRY(put_segment(dir, 'g', "signature", &l, "2"));
	TRY(scene_entry(&s->other, &m, zero, l.bytes[2],
	    sizeof(l.bytes[2]), &l.entry[2].len));
	return put_segment(dir, 'g', "key", &l, "3");
}

static enum err
put_objects(const char *dir, const struct scene *s)
{
	struct msg m = { .type = MSG_checkpoint };
	struct span payload, object;
	uint8_t buf[2048], body[1024];

	object.at = buf;
	TRY(scene_keys(s, buf, sizeof(buf), &object.len));
	TRY(put(dir, 'k', "good", object));
	TRY(cose_check_embedded(object, &s->root.key, SCENE_KEYS_AAD,
	    &payload));
	TRY(put(dir, 'q', "good", payload));
	buf[object.len - 1] ^= 1;
	TRY(put(dir, 'k', "flipped", object));

	TRY(WIRE_SET_TEXT(m.checkpoint.issuer, span_text(SCENE_ISSUER)));
	m.checkpoint.head.len = 32;
	m.checkpoint.sequence = 1;
	TRY(wire_encode_object(&m, body, sizeof(body), &payload.len));
	payload.at = body;
	TRY(put(dir, 'd', "fork", payload));
	TRY(scene_signed(s, CHECKPOINT_AAD, payload, buf, sizeof(buf),
	    &object.len));
	TRY(put(dir, 'c', "fork", object));
	buf[object.len - 1] ^= 1;
	TRY(put(dir, 'c', "flipped", object));
	m.checkpoint.sequence = 2;
	TRY(wire_encode_object(&m, body, sizeof(body), &payload.len));
	return put(dir, 'd', "ahead", payload);
}

enum err
seed_all(const char *dir)
{
	struct scene s;

	TRY(scene_make(&s));
	TRY(put_journals(dir));
	TRY(put_log(dir, &s));
	return put_objects(dir, &s);
}
