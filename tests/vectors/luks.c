/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "luks/luks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/vectors/vectors.h"

/*
 * LUKS2 images, packed with xz, and an index that names them beside it:
 * headers to be accepted or rejected, and volumes whose passphrases are told.
 */

struct image {
	int	fd;
	char	path[32];
};

static void
image_drop(struct image *i)
{
	if (i->fd != -1)
		close(i->fd);
}

/* xz into memory: a header that is repaired is written. */
static bool
unpack(const char *packed, struct image *out)
{
	int status = -1;
	pid_t pid;

	out->fd = memfd_create("image", 0);
	if (out->fd == -1)
		return false;
	pid = fork();
	if (pid == 0) {
		dup2(out->fd, STDOUT_FILENO);
		execlp("xz", "xz", "-dcq", "--", packed, (char *)NULL);
		_exit(127);
	}
	snprintf(out->path, sizeof(out->path), "/proc/self/fd/%d", out->fd);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* The file of a row, which lies where its index says. */
static bool
unpack_row(struct tally *t, const json_t *row, struct image *out)
{
	const char *index = document_path(t), *end = strrchr(index, '/');
	const char *file = text_of(row, "file");
	char packed[4096];

	*out = (struct image){ .fd = -1 };
	at_case(t, "%s", file);
	(void)!snprintf(packed, sizeof(packed), "%.*s/%s",
	    end != NULL ? (int)(end - index) : 1, end != NULL ? index : ".",
	    file);
	if (access(packed, R_OK) == 0 && unpack(packed, out))
		return true;
	unknown(t, "no such image, or no xz");
	return false;
}

/* libcryptsetup says much of what is bad here on purpose; the descriptor that
 * is given back ends the silence. */
static int
hush(void)
{
	int was = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);

	fflush(stderr);
	dup2(null, STDERR_FILENO);
	close(null);
	return was;
}

static void
speak(int was)
{
	dup2(was, STDERR_FILENO);
	close(was);
}

static enum err
load(const char *path, struct luks **out)
{
	static bool started;
	const int was = hush();
	enum err e = started ? ERR_OK : luks_start();

	started = true;
	if (e == ERR_OK)
		e = luks_load(path, out);
	speak(was);
	return e;
}

static void
run_header(struct tally *t, const json_t *row)
{
	const bool accept = strncmp(text_of(row, "expect"), "accept", 6) == 0;
	struct luks *l OWNED(luks_drop) = NULL;
	struct image image OWNED(image_drop);
	enum luks_flaw flaw;
	enum err e;

	if (!unpack_row(t, row, &image))
		return;
	e = load(image.path, &l);
	flaw = e == ERR_OK ? luks_check(l, NULL) : LUKS_SOUND;
	if (accept && flaw != LUKS_SOUND)
		refused(t, "%s", luks_flaw_text(flaw));
	else if (!accept && e != ERR_OK && e != ERR_MALFORMED)
		failed(t, "rejected for another reason: %s", err_text(e));
	else
		judged(t, accept, e == ERR_OK && flaw == LUKS_SOUND);
}

static enum err
try(struct luks *l, const json_t *passphrase)
{
	struct bytes b OWNED(bytes_drop) =
	    bytes_of_hex(json_string_value(passphrase));
	struct secret *s OWNED(secret_drop) = NULL;
	int was;
	enum err e;

	TRY(secret_copy(span_of(b), &s));
	was = hush();
	e = luks_test(l, luks_facts(l), s);
	speak(was);
	return e;
}

/* Each passphrase opens its slot, if that is of the kind that is tried. */
static void
run_passphrases(struct tally *t, struct luks *l, const json_t *row)
{
	const json_t *kdfs = member(row, "kdf");
	json_t *passphrase;
	size_t i;

	json_array_foreach(member(row, "passphrases_hex"), i, passphrase) {
		const char *kdf = json_string_value(json_array_get(
		    json_array_get(kdfs, i), 0));
		enum err e = try(l, passphrase);

		at_case(t, "%s: passphrase %zu", text_of(row, "file"), i);
		if (kdf != NULL && strcmp(kdf, "pbkdf2") != 0 &&
		    e == ERR_AUTH)
			refused(t, "slots with %s are not tried", kdf);
		else
			judged(t, true, e == ERR_OK);
	}
	at_case(t, "%s: the wrong one", text_of(row, "file"));
	judged(t, true, try(l, member(row, "wrong_passphrase_hex")) ==
	    ERR_AUTH);
}

static void
run_volume(struct tally *t, const json_t *row)
{
	struct luks *l OWNED(luks_drop) = NULL;
	struct image image OWNED(image_drop);

	if (!unpack_row(t, row, &image) ||
	    !worked(t, "load", load(image.path, &l)))
		return;
	if (same(t, "the UUID", span_text(luks_facts(l)->uuid),
	    span_text(text_of(row, "uuid"))))
		passed(t);
	run_passphrases(t, l, row);
}

static bool
fits_headers(const json_t *doc)
{
	const json_t *row = json_array_get(doc, 0);

	return has(row, "file") && has(row, "expect");
}

static void
run_headers(struct tally *t, const json_t *doc)
{
	json_t *row;
	size_t i;

	json_array_foreach(doc, i, row)
		run_header(t, row);
}

static bool
fits_volumes(const json_t *doc)
{
	const json_t *row = json_array_get(doc, 0);

	return has(row, "file") && has(row, "passphrases_hex");
}

static void
run_volumes(struct tally *t, const json_t *doc)
{
	json_t *row;
	size_t i;

	json_array_foreach(doc, i, row)
		run_volume(t, row);
}

const struct format luks_formats[] = {
	{ fits_headers, run_headers },
	{ fits_volumes, run_volumes },
	{ 0 }
};
