/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "daemon/config.h"

struct peer {
	char		label[65];
	char		socket[108];
	uint64_t	uid;
};

struct settings {
	uint64_t	window;
	uint64_t	wait;
	bool		quick;
	unsigned	appraise;
	char		tcti[40];
	char		dir[108];
	char		id[65];
	struct peer	peers[2];
	size_t		npeers;
};

static const struct config_row main_rows[] = {
	CONFIG_NUMBER(struct settings, window, CONFIG_UINT, 1, 100, "7",
	    "How far the window reaches."),
	CONFIG_NUMBER(struct settings, wait, CONFIG_DURATION, 10, 3600000,
	    "30s", "How long it waits."),
	CONFIG_SWITCH(struct settings, quick, "no", "Whether it hurries."),
	CONFIG_CHOICE(struct settings, appraise, "off ask required",
	    "required", "What it wants to be shown."),
	CONFIG_STRING(struct settings, tcti, CONFIG_TEXT, NULL, "The TPM."),
	CONFIG_STRING(struct settings, dir, CONFIG_PATH, "/var/lib/x",
	    "Where its state lies."),
	CONFIG_STRING(struct settings, id, CONFIG_ID, "x-1", "Its name."),
};

static const struct config_row peer_rows[] = {
	CONFIG_STRING(struct peer, socket, CONFIG_PATH, NULL, "Its socket."),
	CONFIG_NUMBER(struct peer, uid, CONFIG_UINT, 0, 65535, "0",
	    "Who it is."),
};

static const struct config_section sections[] = {
	{ .name = "main", .rows = main_rows, .nrows = ROWS(main_rows),
	    .doc = "What concerns the whole." },
	{ .name = "peer", .rows = peer_rows, .nrows = ROWS(peer_rows),
	    .at = offsetof(struct settings, peers),
	    .size = sizeof(struct peer), .max = 2,
	    .count = offsetof(struct settings, npeers),
	    .label = offsetof(struct peer, label), .doc = "One of those." },
};

/* An unnamed file with this content, and a path that leads to it. */
static int
file_of(const char *text, size_t len, char path[static 32])
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(write(fd, text, len), len);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static enum err
read_text(const char *text, size_t len, struct settings *s)
{
	int fd OWNED(fd_drop) = -1;
	struct config c;
	char path[32];

	memset(s, 0, sizeof(*s));
	fd = file_of(text, len, path);
	TRY(config_start(&c, sections, ROWS(sections), s));
	TRY(config_read(&c, path));
	return config_check(&c, path);
}

/* What is logged while a row is read, for the reason in it. */
static void
log_of(const char *text, size_t len, enum err *e, char out[static 512])
{
	int kept = dup(STDERR_FILENO), log = memfd_create("log", MFD_CLOEXEC);
	struct settings s;
	ssize_t n;

	assert_true(kept >= 0 && log >= 0);
	dup2(log, STDERR_FILENO);
	*e = read_text(text, len, &s);
	dup2(kept, STDERR_FILENO);
	n = pread(log, out, 511, 0);
	out[n > 0 ? n : 0] = '\0';
	close(kept);
	close(log);
}

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define TEXT(t) t, sizeof(t) - 1

static const struct row {
	const char	*name;
	const char	*text;
	size_t		 len;
	const char	*reason;	/* NULL: it is accepted */
} rows[] = {
	{ "the least", TEXT("[main]\ntcti = a\n"), NULL },
	{ "no newline at the end", TEXT("[main]\ntcti = a"), NULL },
	{ "comments", TEXT("# a\n; b\n[main]\n\n#c\ntcti=a\n"), NULL },
	{ "a value with = and :", TEXT("[main]\ntcti = x:y=z\n"), NULL },
	{ "the longest line", TEXT("# " X50 X50 X50 X10 X10 X10 X10 "xxxxxx\n[main]\ntcti=a\n"), NULL },
	{ "peers", TEXT("[main]\ntcti=a\n[peer b]\nsocket=/b\n[peer c]\nsocket=/c\n"), NULL },

	{ "nothing", TEXT(""), ": [main]: tcti is missing" },
	{ "one character too long", TEXT("# " X50 X50 X50 X10 X10 X10 X10 "xxxxxxx\n"), ":1: more than 198 characters" },
	{ "an indented line", TEXT("[main]\n tcti = a\n"), ":2: the line begins with a blank" },
	{ "a continued line", TEXT("[main]\ntcti = a\n\tb\n"), ":3: the line begins with a blank" },
	{ "a NUL", TEXT("[main]\ntcti = a\0b\n"), ":2: a byte that is not printable ASCII" },
	{ "a carriage return", TEXT("[main]\r\n"), ":1: a byte that is not printable ASCII" },
	{ "UTF-8", TEXT("[main]\ntcti = \xc3\xa4\n"), ":2: a byte that is not printable ASCII" },
	{ "a byte order mark", TEXT("\xef\xbb\xbf[main]\n"), ":1: a byte that is not printable ASCII" },
	{ "DEL", TEXT("[main]\ntcti = \x7f\n"), ":2: a byte that is not printable ASCII" },
	{ "a colon for an equals", TEXT("[main]\ntcti: a\n"), ":2: not name = value" },
	{ "no equals", TEXT("[main]\ntcti\n"), ":2: not name = value" },
	{ "an inline comment", TEXT("[main]\ntcti = a ; b\n"), ":2: a comment has a line of its own" },
	{ "another inline comment", TEXT("[main]\ntcti = a # b\n"), ":2: a comment has a line of its own" },
	{ "before any section", TEXT("tcti = a\n"), ":1: before the first [section]" },
	{ "a row twice", TEXT("[main]\ntcti = a\n\ntcti = a\n"), ":4: tcti is there twice" },
	{ "an unknown row", TEXT("[main]\ntcti = a\ntctl = a\n"), ":3: [main] knows no tctl" },
	{ "a row of another case", TEXT("[main]\nTcti = a\n"), ":2: [main] knows no Tcti" },
	{ "a section twice", TEXT("[main]\ntcti=a\n[main]\n"), ":3: [main] is there twice" },
	{ "an unknown section", TEXT("[mine]\n"), ":1: no section [mine] is known" },
	{ "a section's beginning", TEXT("[mai]\n"), ":1: no section [mai] is known" },
	{ "an open section", TEXT("[main\n"), ":1: a section is a name in brackets, alone" },
	{ "more after a section", TEXT("[main] x\n"), ":1: a section is a name in brackets, alone" },
	{ "a name for the only one", TEXT("[main x]\n"), ":1: [main] has no name" },
	{ "no name for one of many", TEXT("[peer]\n"), ":1: [peer NAME] wants an identifier as name" },
	{ "a bad name", TEXT("[peer -a]\n"), ":1: [peer NAME] wants an identifier as name" },
	{ "two names", TEXT("[peer a b]\n"), ":1: [peer NAME] wants an identifier as name" },
	{ "a name twice", TEXT("[peer a]\nsocket=/a\n[peer a]\n"), ":3: [peer a] is there twice" },
	{ "one too many", TEXT("[peer a]\n[peer b]\n[peer c]\n"), ":3: more than 2 sections [peer]" },
	{ "a peer's row missing", TEXT("[main]\ntcti=a\n[peer a]\nuid=1\n"), ": [peer a]: socket is missing" },

	{ "a number too small", TEXT("[main]\nwindow = 0\n"), ":2: window is not within 1 to 100" },
	{ "a number too large", TEXT("[main]\nwindow = 101\n"), ":2: window is not within 1 to 100" },
	{ "a number past 64 bits", TEXT("[main]\nwindow = 18446744073709551617\n"), ":2: window is not a number" },
	{ "a negative number", TEXT("[main]\nwindow = -1\n"), ":2: window is not a number" },
	{ "a hexadecimal number", TEXT("[main]\nwindow = 0x10\n"), ":2: window is not a number" },
	{ "an empty number", TEXT("[main]\nwindow =\n"), ":2: window is not a number" },
	{ "a time without unit", TEXT("[main]\nwait = 10\n"), ":2: wait is not a time as 250ms, 30s, 5m, 1h or 1d" },
	{ "a time in weeks", TEXT("[main]\nwait = 1w\n"), ":2: wait is not a time as 250ms, 30s, 5m, 1h or 1d" },
	{ "a time too long", TEXT("[main]\nwait = 61m\n"), ":2: wait is not within 10ms to 1h" },
	{ "a time past 64 bits", TEXT("[main]\nwait = 18446744073709551615h\n"), ":2: wait is not a time as 250ms, 30s, 5m, 1h or 1d" },
	{ "neither yes nor no", TEXT("[main]\nquick = true\n"), ":2: quick is none of: no yes" },
	{ "none of the words", TEXT("[main]\nappraise = of\n"), ":2: appraise is none of: off ask required" },
	{ "two of the words", TEXT("[main]\nappraise = off ask\n"), ":2: appraise is none of: off ask required" },
	{ "an empty word", TEXT("[main]\nappraise =\n"), ":2: appraise is none of: off ask required" },
	{ "an empty text", TEXT("[main]\ntcti =\n"), ":2: tcti does not have 1 to 39 characters" },
	{ "a text too long", TEXT("[main]\ntcti = " X10 X10 X10 X10 "\n"), ":2: tcti does not have 1 to 39 characters" },
	{ "a relative path", TEXT("[main]\ndir = x/y\n"), ":2: dir is not an absolute path" },
	{ "no identifier", TEXT("[main]\nid = a b\n"), ":2: id is not an identifier" },
};

static void
test_row(void **state)
{
	const struct row *row = *state;
	char log[512];
	enum err e;

	log_of(row->text, row->len, &e, log);
	assert_err(e, row->reason == NULL ? ERR_OK : ERR_MALFORMED);
	if (row->reason == NULL)
		assert_string_equal(log, "");
	else if (strstr(log, row->reason) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", row->reason, log);
}

static void
test_every_kind_is_read(void **state)
{
	static const char text[] =
	    "[peer b.c_d-1]\nsocket = /run/b\nuid = 65535\n"
	    "[main]\nwindow = 100\nwait = 250ms\nquick = yes\n"
	    "appraise = ask\ntcti = swtpm:path=/a b\ndir = /\nid = Z9\n";
	struct settings s;

	(void)state;
	assert_err(read_text(text, sizeof(text) - 1, &s), ERR_OK);
	assert_int_equal(s.window, 100);
	assert_int_equal(s.wait, 250);
	assert_true(s.quick);
	assert_int_equal(s.appraise, 1);
	assert_string_equal(s.tcti, "swtpm:path=/a b");
	assert_string_equal(s.dir, "/");
	assert_string_equal(s.id, "Z9");
	assert_int_equal(s.npeers, 1);
	assert_string_equal(s.peers[0].label, "b.c_d-1");
	assert_string_equal(s.peers[0].socket, "/run/b");
	assert_int_equal(s.peers[0].uid, 65535);
}

static void
test_presets_hold_where_nothing_is_said(void **state)
{
	static const char text[] = "[main]\ntcti=a\n[peer p]\nsocket=/p\n";
	struct settings s;

	(void)state;
	assert_err(read_text(text, sizeof(text) - 1, &s), ERR_OK);
	assert_int_equal(s.window, 7);
	assert_int_equal(s.wait, 30000);
	assert_false(s.quick);
	assert_int_equal(s.appraise, 2);
	assert_string_equal(s.dir, "/var/lib/x");
	assert_int_equal(s.peers[0].uid, 0);
}

static void
test_others_may_not_write_it(void **state)
{
	static const mode_t modes[] = { 0620, 0602 };
	int fd OWNED(fd_drop) = -1;
	struct settings s;
	struct config c;
	char path[32];

	(void)state;
	fd = file_of(TEXT("[main]\ntcti=a\n"), path);
	for (size_t i = 0; i < ROWS(modes); i++) {
		assert_int_equal(fchmod(fd, modes[i]), 0);
		assert_err(config_start(&c, sections, ROWS(sections), &s),
		    ERR_OK);
		assert_err(config_read(&c, path), ERR_DENIED);
	}
	assert_int_equal(fchmod(fd, 0644), 0);
	assert_err(config_read(&c, path), ERR_OK);
	if (geteuid() != 0)
		return;
	assert_int_equal(fchown(fd, 65534, 65534), 0);
	assert_err(config_read(&c, path), ERR_DENIED);
	assert_err(config_read(&c, "/dev/zero"), ERR_MALFORMED);
}

static void
test_the_command_line_is_on_top(void **state)
{
	struct settings s;
	struct config c;

	(void)state;
	assert_err(config_start(&c, sections, ROWS(sections), &s), ERR_OK);
	assert_err(config_set(&c, "here", "main.window=9"), ERR_OK);
	assert_err(config_set(&c, "here", "main.window=10"), ERR_OK);
	assert_int_equal(s.window, 10);
	assert_err(config_set(&c, "here", "main.window"), ERR_MALFORMED);
	assert_err(config_set(&c, "here", "window=1"), ERR_MALFORMED);
	assert_err(config_set(&c, "here", "mine.window=1"), ERR_MALFORMED);
	assert_err(config_set(&c, "here", "main.window=0"), ERR_MALFORMED);
	assert_err(config_set(&c, "here", "peer.uid=0"), ERR_MALFORMED);
	assert_err(config_check(&c, "here"), ERR_MALFORMED);
	assert_err(config_set(&c, "here", "main.tcti=a"), ERR_OK);
	assert_err(config_check(&c, "here"), ERR_OK);
}

/* What a kernel was started with, and what window is then; 0: refused. */
static const struct {
	const char	*line;
	uint64_t	 window;
} kernels[] = {
	{ "", 7 },
	{ "console=hvc0 ro quiet\n", 7 },
	{ "the-window=3\n", 3 },
	{ "ro the-window=3 quiet\n", 3 },
	{ "the-window=3 x the-window=4", 4 },
	{ "not-the-window=3 the-window the-windows=5 the-windo=6", 7 },
	{ "the-window=", 0 },
	{ "the-window=x", 0 },
	{ "the-window=101", 0 },
	{ "the-window=3.5", 0 },
};

static void
test_a_word_of_the_kernels_command_line(void **state)
{
	char line[400];
	struct settings s;
	struct config c;

	(void)state;
	for (size_t i = 0; i < ROWS(kernels); i++) {
		assert_err(config_start(&c, sections, ROWS(sections), &s),
		    ERR_OK);
		assert_err(config_word(&c, kernels[i].line, "the-window",
		    "main.window"), kernels[i].window != 0 ? ERR_OK :
		    ERR_MALFORMED);
		if (kernels[i].window != 0)
			assert_int_equal(s.window, kernels[i].window);
	}
	snprintf(line, sizeof(line), "the-window=%0300d", 3);
	assert_err(config_word(&c, line, "the-window", "main.window"),
	    ERR_MALFORMED);
}

static void
test_what_is_printed_can_be_filled_in(void **state)
{
	char *text = NULL, *at;
	struct settings s;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	config_print(sections, ROWS(sections), f);
	fclose(f);
	assert_non_null(strstr(text, "# From: 10ms to 1h.\nwait = 30s\n"));
	assert_non_null(strstr(text, "# One of: off ask required.\n"));
	assert_err(read_text(text, len, &s), ERR_MALFORMED);
	at = strstr(text, "tcti = ");
	assert_non_null(at);
	memcpy(at, "tcti =x", 7);
	at = strstr(text, "\n# One of those.");
	assert_non_null(at);
	assert_err(read_text(text, (size_t)(at - text), &s), ERR_OK);
	assert_int_equal(s.window, 7);
	free(text);
}

static void
test_a_table_that_does_not_fit_is_our_fault(void **state)
{
	static const struct config_row wrong[] = {
		{ .name = "window", .kind = CONFIG_UINT, .max = 1,
		    .preset = "1", CONFIG_AT(struct settings, quick) },
	};
	static const struct config_section section = {
		.name = "main", .rows = wrong, .nrows = 1,
	};
	struct settings s;
	struct config c;

	(void)state;
	assert_err(config_start(&c, &section, 1, &s), ERR_INTERNAL);
}

int
main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 6] = {
		cmocka_unit_test(test_every_kind_is_read),
		cmocka_unit_test(test_presets_hold_where_nothing_is_said),
		cmocka_unit_test(test_others_may_not_write_it),
		cmocka_unit_test(test_the_command_line_is_on_top),
		cmocka_unit_test(test_a_word_of_the_kernels_command_line),
		cmocka_unit_test(test_what_is_printed_can_be_filled_in),
		cmocka_unit_test(test_a_table_that_does_not_fit_is_our_fault),
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		tests[6 + i] = ROW_TEST(rows[i].name, test_row, &rows[i]);
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
