/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/ledger.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/checkpoint.h"
#include "audit/entry.h"
#include "audit/keys.h"
#include "tests/faults.h"
#include "tests/unit/unit.h"

#define FIRST "00000000000000000001.seg"
#define ISSUER "test"

static void
make_keys(struct ledger *l)
{
	for (size_t i = 0; i <= LEDGER_KEYS; i++) {
		uint8_t seed[32] = { (uint8_t)(i + 1) };

		assert_err(secret_copy(SPAN(seed), &l->seeds[i]), ERR_OK);
		assert_err(signer_ed25519(l->seeds[i], i == LEDGER_KEYS ?
		    &l->root : &l->keys[i]), ERR_OK);
	}
}

static void
make_appliance(struct ledger *l)
{
	struct msg m = { .type = MSG_appliance };
	uint8_t key[COSE_KEY_MAX];
	size_t len;

	assert_err(cose_key_encode(&l->root.key, key, &len), ERR_OK);
	assert_err(WIRE_SET_BYTES(m.appliance.root_key,
	    ((struct span){ key, len })), ERR_OK);
	assert_err(WIRE_SET_TEXT(m.appliance.issuer, span_text(ISSUER)),
	    ERR_OK);
	assert_err(state_apply(l->state, &m), ERR_OK);
}

int
ledger_begin(void **state)
{
	struct ledger *l = calloc(1, sizeof(*l));
	uint8_t buf[4096];

	place_begin((void **)&l->place);
	make_keys(l);
	assert_err(state_new(&l->state), ERR_OK);
	make_appliance(l);
	assert_err(store_create(&l->place->setup, l->state, &l->store),
	    ERR_OK);
	assert_int_equal(mkdirat(l->place->dir, "audit", 0700), 0);
	l->dir = openat(l->place->dir, "audit", O_RDONLY | O_DIRECTORY);
	assert_true(l->dir >= 0);
	assert_err(segments_open(l->dir, &l->segments), ERR_OK);
	store_on_entry(l->store, segments_take, l->segments);
	assert_err(audit_keys_save(l->dir, &l->root.key, ledger_metadata(l,
	    &l->root, ISSUER, 1, buf, sizeof(buf))), ERR_OK);
	*state = l;
	return 0;
}

static void
empty_directory(int dir)
{
	DIR *names = fdopendir(dup(dir));
	const struct dirent *e;

	rewinddir(names);
	while ((e = readdir(names)) != NULL)
		unlinkat(dir, e->d_name, 0);
	closedir(names);
}

int
ledger_end(void **state)
{
	struct ledger *l = *state;

	fault_on(NULL, 0);
	store_drop(&l->store);
	segments_drop(&l->segments);
	state_drop(&l->state);
	for (size_t i = 0; i <= LEDGER_KEYS; i++)
		secret_drop(&l->seeds[i]);
	empty_directory(l->dir);
	close(l->dir);
	unlinkat(l->place->dir, "audit", AT_REMOVEDIR);
	place_end((void **)&l->place);
	free(l);
	return 0;
}

static void
put(struct ledger *l, const char *action, struct span metadata)
{
	static uint8_t body[AUDIT_BODY_MAX];
	const struct audit_event event = {
		.actor = span_text("op:al"), .action = span_text(action),
		.target = span_text("luks:root"), .result = span_text("ok"),
		.request_id = span_text("3f0c9a4e-7b51-4f2d-9c1e-0a6d5b8e2f17"),
		.metadata = metadata, .now = LEDGER_NOW + l->state->sequence,
	};
	struct msg record;

	assert_err(audit_entry(l->state, &event, &l->keys[l->key],
	    l->place->drbg, body, &record), ERR_OK);
	assert_err(store_put(l->store, &record), ERR_OK);
}

void
ledger_write(struct ledger *l, size_t n, struct span metadata)
{
	for (size_t i = 0; i < n; i++)
		put(l, "test", metadata);
	assert_err(store_commit(l->store), ERR_OK);
}

void
ledger_rotate(struct ledger *l)
{
	uint8_t buf[256];
	struct span map;

	assert_err(audit_rotation(&l->keys[l->key + 1].key,
	    span_text("audit"), buf, sizeof(buf), &map), ERR_OK);
	put(l, AUDIT_ROTATED, map);
	assert_err(store_commit(l->store), ERR_OK);
	l->key++;
}

struct span
ledger_checkpoint(struct ledger *l, const struct signer *root, uint8_t *buf,
    size_t cap)
{
	size_t len;

	assert_err(checkpoint_make(l->state, 0, LEDGER_NOW, root, buf, cap,
	    &len), ERR_OK);
	return (struct span){ buf, len };
}

static void
list_key(struct msg_listed_key *to, const struct signer *s, enum wire_use use)
{
	uint8_t key[COSE_KEY_MAX];
	size_t len;

	assert_err(cose_key_encode(&s->key, key, &len), ERR_OK);
	assert_err(WIRE_SET_BYTES(to->key, ((struct span){ key, len })),
	    ERR_OK);
	assert_err(WIRE_SET_BYTES(to->kid, SPAN(s->kid)), ERR_OK);
	to->use = use;
	to->state = WIRE_phase_current;
	to->not_after = to->sign_until = LEDGER_NOW + 86400;
}

struct span
ledger_metadata(struct ledger *l, const struct signer *root,
    const char *issuer, uint64_t version, uint8_t *buf, size_t cap)
{
	struct msg m = { .type = MSG_key_metadata };
	struct msg_key_metadata *k = &m.key_metadata;
	uint8_t body[4096];
	size_t n, len;

	assert_err(WIRE_SET_TEXT(k->issuer, span_text(issuer)), ERR_OK);
	k->version = version;
	k->keys.count = 2;
	list_key(&k->keys.at[0], &l->keys[2], WIRE_use_token);
	list_key(&k->keys.at[1], &l->keys[l->key], WIRE_use_audit);
	assert_err(wire_encode_object(&m, body, sizeof(body), &n), ERR_OK);
	assert_err(cose_sign_embedded(root, "anchorhold/1 key_metadata",
	    (struct span){ body, n }, buf, cap, &len), ERR_OK);
	return (struct span){ buf, len };
}

enum err
ledger_reopen(struct ledger *l)
{
	struct journal_report report;

	store_drop(&l->store);
	segments_drop(&l->segments);
	state_clear(l->state);
	assert_err(store_open(&l->place->setup, l->state, &l->store, &report),
	    ERR_OK);
	TRY(segments_open(l->dir, &l->segments));
	store_on_entry(l->store, segments_take, l->segments);
	return segments_follow(l->segments, l->store, l->state);
}

enum err
ledger_verify(struct ledger *l, struct span checkpoint,
    struct audit_verdict *v)
{
	const struct audit_claim claim = {
		.dir = l->dir, .root = &l->root.key,
		.issuer = span_text(ISSUER), .checkpoint = checkpoint,
	};

	return audit_verify(&claim, v);
}

size_t
ledger_load(struct ledger *l, uint8_t *buf)
{
	const int fd = openat(l->dir, FIRST, O_RDONLY);
	const ssize_t n = read(fd, buf, LEDGER_CAP);

	assert_true(n >= 0 && n < LEDGER_CAP);
	close(fd);
	return (size_t)n;
}

void
ledger_save(struct ledger *l, const uint8_t *buf, size_t len)
{
	const int fd = openat(l->dir, FIRST, O_WRONLY | O_CREAT, 0600);

	assert_int_equal(write(fd, buf, len), len);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	close(fd);
}
