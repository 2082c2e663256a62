/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/place.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/faults.h"
#include "tests/unit/unit.h"

static const uint8_t key[32] = { 1, 2, 3 };
const uint8_t place_appliance[JOURNAL_APPLIANCE_LEN] = { 9, 8, 7 };

int
place_begin(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strncpy(p->path, "journal-XXXXXX", sizeof(p->path) - 1);
	assert_non_null(mkdtemp(p->path));
	p->dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p->dir >= 0);
	assert_err(drbg_from_system(span_text("test"), span_text(""),
	    &p->drbg), ERR_OK);
	p->setup = (struct journal_setup){ p->dir, SPAN(key),
	    SPAN(place_appliance), p->drbg, 0 };
	*state = p;
	return 0;
}

int
place_end(void **state)
{
	struct place *p = *state;

	fault_on(NULL, 0);
	fault_at(0, 0);
	journal_drop(&p->j);
	drbg_drop(&p->drbg);
	unlinkat(p->dir, "journal", 0);
	unlinkat(p->dir, "journal.new", 0);
	unlinkat(p->dir, "lock", 0);
	close(p->dir);
	rmdir(p->path);
	free(p);
	return 0;
}

size_t
place_fill(struct journal *j, const char *text)
{
	memcpy(journal_page(j), text, strlen(text));
	return strlen(text);
}

/* A snapshot of the words of self. */
static enum err
give(void *self, struct journal *j)
{
	const char *const *words = self;

	for (; *words != NULL; words++)
		TRY(journal_put(j, place_fill(j, *words)));
	return ERR_OK;
}

static const char *const old_words[] = { "old-a", "old-b", NULL };
static const char *const new_words[] = { "new", NULL };
const struct journal_source place_old = { give, (void *)old_words };
const struct journal_source place_new = { give, (void *)new_words };

enum err
place_take(void *self, struct span payload)
{
	struct place *p = self;
	const size_t used = strlen(p->said);

	assert_true(used + payload.len + 2 < sizeof(p->said));
	memcpy(p->said + used, payload.at, payload.len);
	p->said[used + payload.len] = ' ';
	return ERR_OK;
}

enum err
place_commit(struct place *p, const char *text)
{
	return journal_append(p->j, 0, place_fill(p->j, text));
}

enum err
place_reopen(struct place *p)
{
	const struct journal_sink sink = { place_take, p };

	journal_drop(&p->j);
	memset(p->said, 0, sizeof(p->said));
	return journal_open(&p->setup, &sink, &p->j, &p->report);
}

size_t
place_load(struct place *p, uint8_t *buf)
{
	int fd = openat(p->dir, "journal", O_RDONLY);
	const ssize_t n = read(fd, buf, PLACE_CAP);

	assert_true(n > 0 && n < PLACE_CAP);
	close(fd);
	return (size_t)n;
}

void
place_save(struct place *p, const uint8_t *buf, size_t len)
{
	/* Truncated to nothing it would be written out when it is closed. */
	int fd = openat(p->dir, "journal", O_WRONLY);

	assert_int_equal(write(fd, buf, len), len);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
	close(fd);
}

size_t
place_make(struct place *p, uint8_t *buf, size_t *ends)
{
	static const char *const words[PLACE_COMMITS] = { "one", "two", "six" };
	uint64_t snapshot, commits;

	assert_err(journal_create(&p->setup, &place_old, &p->j), ERR_OK);
	for (size_t k = 0; k <= PLACE_COMMITS; k++) {
		journal_sizes(p->j, &commits, &snapshot);
		ends[k] = (size_t)(snapshot + commits);
		if (k < PLACE_COMMITS)
			assert_err(place_commit(p, words[k]), ERR_OK);
	}
	journal_drop(&p->j);
	return place_load(p, buf);
}

void
place_expect(struct place *p, enum err want, enum journal_fate fate,
    const char *said)
{
	assert_err(place_reopen(p), want);
	assert_int_equal(p->report.fate, fate);
	if (said != NULL)
		assert_string_equal(p->said, said);
}

