/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "provisioning/approve.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "attest/predict.h"
#include "base/log.h"

/* A file that is mapped; a program's page is read when it is hashed. */
struct mapped {
	void	*at;
	size_t	 len;
};

static void
mapped_drop(struct mapped *m)
{
	if (m->len > 0)
		munmap(m->at, m->len);
}

static enum err
map(const char *path, struct mapped *out)
{
	int fd OWNED(fd_drop) = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
	    O_NONBLOCK);
	struct stat st;
	void *at;

	if (fd == -1 || fstat(fd, &st) == -1)
		return log_errno("%s", path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return log_err(ERR_MALFORMED, "%s: not a file, or empty",
		    path);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		return log_errno("%s", path);
	*out = (struct mapped){ at, (size_t)st.st_size };
	return ERR_OK;
}

static struct span
bytes_of(const struct mapped *m)
{
	return (struct span){ m->at, m->len };
}

/* The log has to be that of the present values, where it says any: else what
 * it leads to is another machine's, or another boot's. */
static enum err
check_present(const struct wish *w, const struct eventlog *log,
    const char *path)
{
	struct eventlog_pcrs p;

	if (eventlog_replay(log, BANK_SHA256, &p) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: no SHA-256 in it", path);
	for (unsigned i = 0; i < TPM_PCRS; i++)
		if ((w->select.mask & p.extended) >> i & 1 &&
		    memcmp(p.value[i], w->value[i], POLICY_PCR_LEN) != 0)
			return log_err(ERR_MALFORMED, "%s: it does not lead "
			    "to PCR %u of the request: take the log of the "
			    "same boot", path, i);
	return ERR_OK;
}

/* "OLD=NEW". */
static enum err
map_swap(const char *text, struct mapped *was, struct mapped *now)
{
	const char *equals = strchr(text, '=');
	char old[4096];

	if (equals == NULL || (size_t)(equals - text) >= sizeof(old))
		return log_err(ERR_MALFORMED, "%s: not like OLD=NEW", text);
	memcpy(old, text, (size_t)(equals - text));
	old[equals - text] = '\0';
	TRY(map(old, was));
	return map(equals + 1, now);
}

/* The log, and each image's old and new file. */
struct files {
	struct mapped	log, was[PREDICT_IMAGES], now[PREDICT_IMAGES];
};

static void
files_drop(struct files *f)
{
	mapped_drop(&f->log);
	for (size_t i = 0; i < PREDICT_IMAGES; i++) {
		mapped_drop(&f->was[i]);
		mapped_drop(&f->now[i]);
	}
}

/* Each file has to be one that was measured. */
static enum err
predict(struct wish *w, const struct eventlog *log, const struct files *f,
    const struct predicted *from)
{
	static struct predict_swap swaps[PREDICT_IMAGES];
	struct eventlog_pcrs p;
	enum err e;

	for (size_t i = 0; i < from->images; i++) {
		swaps[i].was = bytes_of(&f->was[i]);
		swaps[i].now = bytes_of(&f->now[i]);
	}
	e = eventlog_predict(log, BANK_SHA256, swaps, from->images, &p);
	if (e == ERR_STATE)
		return log_err(e, "two parts of the old files are equal, and "
		    "the new ones are not: which of them was measured, "
		    "nobody knows");
	if (e != ERR_OK)
		return log_err(ERR_MALFORMED, "a new file cannot be measured "
		    "as the old one was");
	for (size_t i = 0; i < from->images; i++)
		if (swaps[i].met == 0)
			return log_err(ERR_MALFORMED, "%s: no event of the "
			    "log measured the old file", from->image[i]);
	for (unsigned i = 0; i < TPM_PCRS; i++)
		if ((w->select.mask & p.extended) >> i & 1)
			memcpy(w->value[i], p.value[i], POLICY_PCR_LEN);
	return ERR_OK;
}

enum err
wish_predict(struct wish *w, const struct predicted *from)
{
	struct files f OWNED(files_drop) = { };
	struct eventlog_flaw flaw;
	struct eventlog log;

	TRY(map(from->log, &f.log));
	for (size_t i = 0; i < from->images; i++)
		TRY(map_swap(from->image[i], &f.was[i], &f.now[i]));
	if (eventlog_open(bytes_of(&f.log), &log, &flaw) != ERR_OK)
		return log_err(ERR_MALFORMED, "%s: at byte %zu: %s",
		    from->log, flaw.at, flaw.why);
	TRY(check_present(w, &log, from->log));
	return predict(w, &log, &f, from);
}
