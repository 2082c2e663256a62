/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What lies in a state directory: its doors are in state_scene.h. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/entry.h"
#include "audit/verify.h"
#include "base/own.h"
#include "crypto/hash.h"
#include "store/journal_int.h"
#include "store/store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/state_scene.h"

#define FILE_CAP (1 << 18)
#define SEGMENT "00000000000000000001.seg"

static struct reach fates[] = {
	[JOURNAL_CLEAN]   = { "clean", 0 },
	[JOURNAL_CUT]     = { "cut", 0 },
	[JOURNAL_FORMAT]  = { "format", 0 },
	[JOURNAL_DAMAGED] = { "damaged", 0 },
	[JOURNAL_FOREIGN] = { "foreign", 0 },
	[JOURNAL_REFUSED] = { "refused", 0 },
};
static struct reach records[] = {
#define ROW(name) [MSG_##name] = { #name, 0 }
	ROW(appliance), ROW(operator), ROW(device), ROW(floor), ROW(rule),
	ROW(key), ROW(key_phase), ROW(secret), ROW(gone), ROW(seen),
	ROW(seen_digest), ROW(failures), ROW(entry), ROW(audit_head),
	ROW(mark), ROW(officer), ROW(acts), ROW(spent), ROW(vm),
	ROW(appraised), ROW(accepted), ROW(trusted),
#undef ROW
};
static struct reach flaws[REASONS] = {
#define ROW(name) [REASON_audit_##name] = { "audit." #name, 0 }
	[REASON_none] = { "sound", 0 },
	ROW(shape), ROW(missing), ROW(chain), ROW(signature), ROW(keys),
	ROW(key), ROW(order), ROW(checkpoint), ROW(fork), ROW(cut),
#undef ROW
};

static const uint8_t store_key[32] = SCENE_KEY;
static const uint8_t appliance[32] = SCENE_APPLIANCE;
static struct scene scene;
static struct journal_setup setup = { .dir = -1 };
static struct secret *seal;
static char place[] = "fuzz-state-XXXXXX";
static uint8_t file[FILE_CAP];
/* Large: wiped for each input, and made once. */
static struct state *state, *again;

static void
clean_up(void)
{
	static const char *const names[] = { "journal", "lock", SEGMENT };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(setup.dir, names[i], 0);
	rmdir(place);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	must(mkdtemp(place) != NULL, "a directory");
	setup.dir = open(place, O_RDONLY | O_DIRECTORY);
	must(setup.dir >= 0 && atexit(clean_up) == 0, "a directory");
	setup.key = SPAN(store_key);
	setup.appliance = SPAN(appliance);
	must(drbg_from_system(span_text("fuzz"), span_text(""),
	    &setup.drbg) == ERR_OK, "random bytes");
	must(seal_keys(setup.key, &seal) == ERR_OK, "keys");
	must(scene_make(&scene) == ERR_OK, "signers");
	must(state_new(&state) == ERR_OK && state_new(&again) == ERR_OK,
	    "states");
	reach("journal", fates, sizeof(fates) / sizeof(fates[0]));
	reach("record", records, sizeof(records) / sizeof(records[0]));
	reach("log", flaws, REASONS);
	return 0;
}

static void
write_file(const char *name, struct span bytes)
{
	int fd OWNED(fd_drop) = openat(setup.dir, name, O_WRONLY | O_CREAT,
	    0600);

	must(write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len &&
	    ftruncate(fd, (off_t)bytes.len) == 0, "write");
}

/* ---- the journal ---- */

/* What a state is in a snapshot, taken by another one. */
struct copy {
	struct state	*to;		/* NULL: only the digest is wanted */
	uint8_t		 digest[SHA256_LEN];
};

static enum err
copy_record(void *self, const struct msg *m)
{
	static uint8_t buf[FILE_CAP];
	struct copy *c = self;
	struct span parts[] = { SPAN(c->digest), { buf, 0 } };

	must(wire_encode_object(m, buf, sizeof(buf), &parts[1].len) ==
	    ERR_OK, "a row that cannot be written");
	must(c->to == NULL || state_apply(c->to, m) == ERR_OK,
	    "a row that cannot be read");
	/* Those that are over may go earlier in the copy. */
	return m->type == MSG_seen_digest ? ERR_OK :
	    sha256(parts, 2, c->digest);
}

static void
check_state(const struct state *s)
{
	struct copy first = { again, { 0 } }, second = { NULL, { 0 } };

	state_clear(again);
	must(state_dump(s, copy_record, &first) == ERR_OK, "dump");
	must(state_dump(again, copy_record, &second) == ERR_OK, "dump");
	must(memcmp(first.digest, second.digest, SHA256_LEN) == 0,
	    "another state in the snapshot");
}

static enum err
no_entry(void *self, uint64_t sequence, struct span body)
{
	(void)self, (void)sequence, (void)body;
	return ERR_OK;
}

static enum journal_fate
open_journal(struct span bytes)
{
	struct store *store OWNED(store_drop) = NULL;
	struct journal_report report;
	enum err e;

	write_file("journal", bytes);
	state_clear(state);
	e = store_open(&setup, state, &store, &report);
	fates[report.fate].times++;
	must((e == ERR_OK) == (report.fate <= JOURNAL_CUT), "its fate");
	if (e != ERR_OK)
		return report.fate;
	check_state(state);
	/* NOT_FOUND: behind a snapshot; MALFORMED: no entry's body. */
	(void)!store_entries(store, 1, no_entry, NULL);
	must(!store_is_dead(store), "it is read again");
	return report.fate;
}

/* A file that is written frame by frame. */
struct pen_in_memory {
	struct chain	chain;
	size_t		len;
	uint8_t		plain[JOURNAL_PLAIN_HEAD + 65536];
};

static void
put_frame(struct pen_in_memory *p, enum frame_kind kind, struct span payload)
{
	const struct span plain = { p->plain,
	    JOURNAL_PLAIN_HEAD + payload.len };
	uint8_t *to = file + p->len;

	p->plain[JOURNAL_PLAIN_HEAD - 1] = (uint8_t)kind;
	if (payload.len > 0)
		memcpy(p->plain + JOURNAL_PLAIN_HEAD, payload.at,
		    payload.len);
	must(seal_frame(seal, &p->chain, setup.drbg, plain, to) == ERR_OK,
	    "seal");
	p->len += plain.len + SEAL_OVER;
	seal_advance(&p->chain, (struct span){ to, plain.len + SEAL_OVER });
}

static void
note_records(struct span payload)
{
	struct reader r = reader_of(payload);

	while (item_done(&r) != ERR_OK) {
		struct span name, map;
		enum msg_type type;

		if (item_text(&r, 1, 64, &name) != ERR_OK ||
		    item_skip(&r, 4, &map) != ERR_OK ||
		    wire_find(name, &type) != ERR_OK)
			return;
		if (type < sizeof(records) / sizeof(records[0]))
			records[type].times++;
	}
}

static struct span
next_payload(struct span *in)
{
	const size_t want = in->len < 2 ? 0 :
	    (size_t)in->at[0] << 8 | in->at[1];
	struct span p = { in->at, 0 };

	if (in->len >= 2) {
		p.at = in->at + 2;
		p.len = want < in->len - 2 ? want : in->len - 2;
	}
	in->len -= p.len + (in->len < 2 ? in->len : 2);
	in->at = p.at + p.len;
	return p;
}

static void
seal_journal(unsigned flags, struct span in)
{
	static struct pen_in_memory p;
	const struct span all = in;
	uint8_t whose[32] = SCENE_APPLIANCE;
	enum journal_fate fate;

	must(seal_begin(setup.drbg, &p.chain) == ERR_OK, "an id");
	memcpy(file, journal_magic, FILE_MAGIC_LEN);
	file[FILE_MAGIC_LEN - 1] += (flags & SCENE_FORMAT) != 0;
	memcpy(file + FILE_MAGIC_LEN, p.chain.id, SEAL_ID_LEN);
	p.len = FILE_HEAD_LEN;
	whose[0] ^= (flags & SCENE_FOREIGN) != 0;
	put_frame(&p, FRAME_ABOUT, SPAN(whose));
	put_frame(&p, FRAME_SNAPSHOT, next_payload(&in));
	put_frame(&p, FRAME_END, (struct span){ NULL, 0 });
	while (in.len > 0 && p.len + in.len + 256 < FILE_CAP)
		put_frame(&p, FRAME_COMMIT, next_payload(&in));
	fate = open_journal((struct span){ file,
	    p.len - ((flags & SCENE_TORN) != 0) });
	for (in = all; fate == JOURNAL_CLEAN && in.len > 0;)
		note_records(next_payload(&in));
}

/* ---- the log ---- */

static void
verify(struct span segment, struct span keys, struct span checkpoint)
{
	const struct audit_claim claim = {
		.dir = setup.dir, .root = &scene.root.key,
		.issuer = span_text(SCENE_ISSUER),
		.checkpoint = checkpoint, .keys = keys,
	};
	struct audit_verdict v;
	enum err e;

	write_file(SEGMENT, segment);
	e = audit_verify(&claim, &v);
	must((e == ERR_OK) == (v.flaw == REASON_none), err_name(e));
	must(e == ERR_OK || e == ERR_AUTH || e == ERR_LIMIT, "no verdict");
	must(flaws[v.flaw].name != NULL, "a flaw of something else");
	flaws[v.flaw].times++;
}

/* Every entry in turn, chained and signed; what is none ends it. */
static struct span
sign_entries(struct span in)
{
	struct reader r = reader_of(in);
	uint8_t head[SHA256_LEN] = { 0 };
	struct span body;
	struct msg m;
	size_t len = 0, n;

	while (len + 2 * AUDIT_BODY_MAX < FILE_CAP &&
	    item_skip(&r, 4, &body) == ERR_OK &&
	    wire_decode_object(MSG_audit_log, body, &m) == ERR_OK) {
		if (scene_entry(&scene.audit, &m, head, file + len,
		    AUDIT_BODY_MAX, &n) != ERR_OK)
			break;
		len += n;
	}
	return (struct span){ file, len };
}

/* A sound log for what is held against it. */
static struct span
one_entry(void)
{
	struct msg m = { .type = MSG_audit_log };
	struct msg_audit_log *a = &m.audit_log;
	uint8_t head[SHA256_LEN] = { 0 };
	size_t n = 0;

	a->sequence = 1;
	must(WIRE_SET_TEXT(a->actor, span_text("op:al")) == ERR_OK &&
	    WIRE_SET_TEXT(a->action, span_text("test")) == ERR_OK &&
	    WIRE_SET_TEXT(a->result, span_text("ok")) == ERR_OK &&
	    WIRE_SET_TEXT(a->entry_id,
	    span_text("3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17")) == ERR_OK &&
	    scene_entry(&scene.audit, &m, head, file, AUDIT_BODY_MAX,
	    &n) == ERR_OK, "an entry");
	return (struct span){ file, n };
}

static void
check_log(char door, struct span in)
{
	static uint8_t good[2048], made[FILE_CAP];
	static const struct span none = { NULL, 0 };
	const char *aad = door == 'q' ? SCENE_KEYS_AAD : CHECKPOINT_AAD;
	struct span keys = { good, 0 }, object = in;

	must(scene_keys(&scene, good, sizeof(good), &keys.len) == ERR_OK,
	    "keys");
	if (door == 'q' || door == 'd') {
		object.at = made;
		if (scene_signed(&scene, aad, in, made, sizeof(made),
		    &object.len) != ERR_OK)
			return;
	}
	if (door == 'k' || door == 'q')
		verify(none, object.len > 0 ? object : keys, none);
	else if (door == 'c' || door == 'd')
		verify(one_entry(), keys, object);
	else
		verify(door == 'h' ? sign_entries(in) : in, keys, none);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	const struct span rest = { in + 1, len - 1 };

	if (len < 2 || len > 65536)
		return 0;
	if (in[0] == 'j')
		open_journal(rest);
	else if (in[0] == 's')
		seal_journal(in[1], (struct span){ in + 2, len - 2 });
	else
		check_log((char)in[0], rest);
	return 0;
}
