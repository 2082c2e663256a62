/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

/* Every fault is a line on stderr: run it with -close_fd_mask=2. */

struct peer {
	char		label[65];
	char		socket[40];
	uint64_t	uid;
	char		fence[8];
};

struct settings {
	uint64_t	number;
	uint64_t	wait;
	bool		quick;
	unsigned	word;
	char		text[20];
	char		id[65];
	char		fence[8];
	struct peer	peers[3];
	size_t		npeers;
};

static const struct config_row main_rows[] = {
	CONFIG_NUMBER(struct settings, number, CONFIG_UINT, 3, 300, "7", ""),
	CONFIG_NUMBER(struct settings, wait, CONFIG_DURATION, 10, 3600000,
	    "30s", ""),
	CONFIG_SWITCH(struct settings, quick, "no", ""),
	CONFIG_CHOICE(struct settings, word, "off ask required", "ask", ""),
	CONFIG_STRING(struct settings, text, CONFIG_TEXT, NULL, ""),
	CONFIG_STRING(struct settings, id, CONFIG_ID, "x", ""),
};

static const struct config_row peer_rows[] = {
	CONFIG_STRING(struct peer, socket, CONFIG_PATH, NULL, ""),
	CONFIG_NUMBER(struct peer, uid, CONFIG_UINT, 0, 65535, "0", ""),
};

static const struct config_section sections[] = {
	{ .name = "main", .rows = main_rows, .nrows = 6, .doc = "" },
	{ .name = "peer", .rows = peer_rows, .nrows = 2,
	    .at = offsetof(struct settings, peers),
	    .size = sizeof(struct peer), .max = 3,
	    .count = offsetof(struct settings, npeers),
	    .label = offsetof(struct peer, label), .doc = "" },
};

static void
must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static int
printable(const char *text, size_t cap)
{
	size_t len = strnlen(text, cap);

	for (size_t i = 0; i < len; i++)
		if (text[i] < 0x20 && text[i] != '\t')
			return 0;
	return len > 0 && len < cap;
}

/* What is accepted is within its rows, and nothing beside it was touched. */
static void
check(const struct settings *s)
{
	must(s->number >= 3 && s->number <= 300, "number");
	must(s->wait >= 10 && s->wait <= 3600000, "wait");
	must(s->word < 3, "word");
	must(printable(s->text, sizeof(s->text)), "text");
	must(printable(s->id, sizeof(s->id)), "id");
	must(memcmp(s->fence, "fence..", 8) == 0, "the fence");
	must(s->npeers <= 3, "peers");
	for (size_t i = 0; i < s->npeers; i++) {
		const struct peer *p = &s->peers[i];

		must(printable(p->label, sizeof(p->label)), "label");
		must(printable(p->socket, sizeof(p->socket)), "socket");
		must(p->socket[0] == '/' && p->uid <= 65535, "peer");
		must(memcmp(p->fence, "fence..", 8) == 0, "a peer's fence");
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static int file = -1;
	struct settings s;
	struct config c;
	char path[32];

	if (file == -1) {
		file = memfd_create("config", MFD_CLOEXEC);
		must(fchmod(file, 0600) == 0, "memfd");
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	must(ftruncate(file, 0) == 0 && pwrite(file, in, len, 0) ==
	    (ssize_t)len, "write");
	memset(&s, 0, sizeof(s));
	memcpy(s.fence, "fence..", 8);
	for (size_t i = 0; i < 3; i++)
		memcpy(s.peers[i].fence, "fence..", 8);
	must(config_start(&c, sections, 2, &s) == ERR_OK, "tables");
	if (config_read(&c, path) == ERR_OK &&
	    config_check(&c, path) == ERR_OK)
		check(&s);
	return 0;
}
