/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cryptod/settings.h"
#include "tests/fuzz/config_unlocker.h"
#include "tests/fuzz/fuzz.h"

/* Every fault is a line on stderr: run it with -close_fd_mask=2. */

struct peer {
	char		label[65];
	char		socket[40];
	uint64_t	uid;
	char		fence[8];
};

struct odd_settings {
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
	CONFIG_NUMBER(struct odd_settings, number, CONFIG_UINT, 3, 300, "7",
	    ""),
	CONFIG_NUMBER(struct odd_settings, wait, CONFIG_DURATION, 10,
	    3600000, "30s", ""),
	CONFIG_SWITCH(struct odd_settings, quick, "no", ""),
	CONFIG_CHOICE(struct odd_settings, word, "off ask required", "ask", ""),
	CONFIG_STRING(struct odd_settings, text, CONFIG_TEXT, NULL, ""),
	CONFIG_STRING(struct odd_settings, id, CONFIG_ID, "x", ""),
};

static const struct config_row peer_rows[] = {
	CONFIG_STRING(struct peer, socket, CONFIG_PATH, NULL, ""),
	CONFIG_NUMBER(struct peer, uid, CONFIG_UINT, 0, 65535, "0", ""),
};

static const struct config_section sections[] = {
	{ .name = "main", .rows = main_rows, .nrows = 6, .doc = "" },
	{ .name = "peer", .rows = peer_rows, .nrows = 2,
	    .at = offsetof(struct odd_settings, peers),
	    .size = sizeof(struct peer), .max = 3,
	    .count = offsetof(struct odd_settings, npeers),
	    .label = offsetof(struct peer, label), .doc = "" },
};

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
check(const struct odd_settings *s)
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

/* The rows that were given in files that were accepted, by section. */
static struct reach given[2 + CONFIG_SECTIONS][CONFIG_ROWS];
static struct reach accepted[] = {
	{ "unlocker.conf", 0 }, { "cryptod.conf-socket", 0 },
	{ "cryptod.conf-vchan", 0 },
};

static void
name_rows(struct reach *rows, const struct config_section *s)
{
	for (size_t i = 0; i < s->nrows; i++)
		rows[i].name = s->rows[i].name;
	reach(s->name, rows, s->nrows);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	for (size_t i = 0; i < 2; i++)
		name_rows(given[i], &sections[i]);
	for (size_t i = 0; i < settings_ntables; i++)
		name_rows(given[2 + i], &settings_tables[i]);
	reach("accepted", accepted, 3);
	return 0;
}

static void
count_given(struct reach (*to)[CONFIG_ROWS], const struct config *c)
{
	for (size_t s = 0; s < c->nsections; s++)
		for (size_t i = 0; i < c->sections[s].nrows; i++)
			to[s][i].times += c->given[s][0] >> i & 1;
}

/* A table of every kind of row. */
static void
check_odd(const char *path)
{
	struct odd_settings s = { .fence = "fence.." };
	struct config c;

	for (size_t i = 0; i < 3; i++)
		memcpy(s.peers[i].fence, "fence..", 8);
	must(config_start(&c, sections, 2, &s) == ERR_OK, "tables");
	if (config_read(&c, path) != ERR_OK ||
	    config_check(&c, path) != ERR_OK)
		return;
	check(&s);
	count_given(given, &c);
}

/* Each channel is a socket, whose peer has a uid, or a vchan. */
static void
check_channel(const struct channel_settings *c)
{
	const bool socket = c->socket[0] != '\0';

	must(printable(c->vm_id, sizeof(c->vm_id)), "vm_id");
	must(socket != (c->vchan[0] != '\0'), "socket or vchan");
	must(!socket || (c->socket[0] == '/' && c->uid != NO_USER), "socket");
	must(socket || (c->uid == NO_USER && c->gid == NO_GROUP), "vchan");
	accepted[socket ? 1 : 2].times++;
}

/* cryptod.conf, by its tables and then as a whole. */
static void
check_cryptod(const char *path)
{
	static struct settings s;
	struct config c;

	memset(&s, 0, sizeof(s));
	must(config_start(&c, settings_tables, settings_ntables, &s) ==
	    ERR_OK, "tables");
	if (config_read(&c, path) != ERR_OK ||
	    config_check(&c, path) != ERR_OK)
		return;
	count_given(given + 2, &c);
	must(s.state[0] == '/' && printable(s.state, sizeof(s.state)),
	    "state");
	must(printable(s.tcti, sizeof(s.tcti)), "tcti");
	must(s.freshness >= 1000 && s.freshness <= 300000 && s.window <= 10 &&
	    s.token_lifetime >= 1000 && s.token_lifetime <= 300000,
	    "freshness");
	must(s.throttle.burst >= 1 && s.throttle.burst <= 20 &&
	    s.throttle.give_up >= 1 && s.throttle.global_burst >= 1,
	    "throttle");
	if (settings_read(path, &s) != ERR_OK)
		return;
	must(s.nchannels > 0 && s.nchannels <= CHANNELS_MAX, "channels");
	for (size_t i = 0; i < s.nchannels; i++)
		check_channel(&s.channels[i]);
}

/* The first byte chooses whose file it is. */
int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static int file = -1;
	char path[32];

	if (len == 0)
		return 0;
	if (file == -1) {
		file = memfd_create("config", MFD_CLOEXEC);
		must(fchmod(file, 0600) == 0, "memfd");
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	must(ftruncate(file, 0) == 0 && pwrite(file, in + 1, len - 1, 0) ==
	    (ssize_t)len - 1, "write");
	if (in[0] == 'c')
		check_cryptod(path);
	else if (in[0] == 'u')
		accepted[0].times += check_unlocker(path) == ERR_OK;
	else
		check_odd(path);
	return 0;
}
