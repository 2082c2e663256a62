/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/own.h"
#include "tests/rig.h"
#include "tests/said.h"
#include "tpm/tpm_int.h"

static void
halt_in_time(void *arg, struct exchange *x)
{
	struct rig *r = arg;

	(void)x;
	if (r->faulty.count != r->halt_at)
		return;
	swtpm_halt(&r->machine);
	r->faulty.limit_ms = SHORT_MS;
}

/* What it did with a command that was in its socket when it stopped is seen
 * when it goes on: nothing is left of it. */
static void
test_stopped_before_each_command(void **state)
{
	struct rig *r = *state;
	unsigned last;

	faulty_set(&r->faulty, FAULT_NONE, 0, 0);
	assert_err(rig_unseal(r), ERR_OK);
	last = r->faulty.count;
	assert_true(last >= 9);
	r->faulty.before = halt_in_time;
	r->faulty.arg = r;
	for (r->halt_at = 1; r->halt_at <= last; r->halt_at++) {
		char said[2048];

		faulty_set(&r->faulty, FAULT_NONE, 0, 0);
		said_begin();
		/* The secret is there before the last three, which free. */
		enum err e = rig_unseal(r);
		said_end(said, sizeof(said));
		assert_err(e, r->halt_at + 3 > last ? ERR_OK : ERR_HARDWARE);
		assert_non_null(strstr(said, "no answer in time "
		    "(TSS2_TCTI_RC_IO_ERROR, 0x000a000a)\n"));
		assert_ptr_equal(strchr(said, '\n'), strrchr(said, '\n'));
		swtpm_go(&r->machine);
		rig_assert_well(r);
	}
}

/* Asked again and again while it is stopped. */
static void
test_stopped_for_long(void **state)
{
	struct rig *r = *state;

	swtpm_halt(&r->machine);
	r->faulty.limit_ms = SHORT_MS;
	for (int i = 0; i < 20; i++)
		assert_err(rig_unseal(r), ERR_HARDWARE);
	swtpm_go(&r->machine);
	rig_assert_well(r);
}

/* In the first connect and on the control channel. */
static void
test_stopped_at_open(void **state)
{
	struct rig *r = *state;
	struct faulty f = { .limit_ms = SHORT_MS };
	struct tpm *t OWNED(tpm_drop) = NULL;
	struct carrier c = { 0 };

	swtpm_halt(&r->machine);
	assert_err(faulty_open(&f, r->machine.tcti, &c), ERR_OK);
	assert_err(tpm_open_over(&c, &t), ERR_HARDWARE);
	assert_null(t);
	swtpm_go(&r->machine);
	rig_assert_well(r);
}

static void
move_socket(const struct swtpm *from, const struct swtpm *to, const char *name)
{
	char was[96], is[96];

	snprintf(was, sizeof(was), "%s/%s", from->dir, name);
	snprintf(is, sizeof(is), "%s/%s", to->dir, name);
	assert_int_equal(rename(was, is), 0);
}

/* A bearer does not wait for the TPM that it knows: it reaches another one,
 * without our SRK, that listens at the name meanwhile. */
static void
test_a_stopped_one_is_replaced(void **state)
{
	struct rig *r = *state;
	struct swtpm other OWNED(swtpm_drop) = { 0 };
	struct tpm_info info;

	assert_err(swtpm_new(&other), ERR_OK);
	swtpm_halt(&r->machine);
	r->faulty.limit_ms = SHORT_MS;
	assert_err(rig_unseal(r), ERR_HARDWARE);
	move_socket(&other, &r->machine, "tpm");
	move_socket(&other, &r->machine, "tpm.ctrl");
	r->faulty.limit_ms = 0;
	assert_err(tpm_info(r->t, &info), ERR_NOT_FOUND);
	swtpm_go(&r->machine);
}

static void
test_the_plug_is_pulled(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 5; i++) {
		swtpm_kill(&r->machine);
		/* No limit to wait for: there is nobody to connect to. */
		assert_err(rig_unseal(r), ERR_HARDWARE);
		assert_err(rig_unseal(r), ERR_HARDWARE);
		assert_err(swtpm_start(&r->machine), ERR_OK);
		rig_assert_well(r);
	}
}

static void
test_a_reset_between_two_calls(void **state)
{
	struct rig *r = *state;

	swtpm_kill(&r->machine);
	assert_err(swtpm_start(&r->machine), ERR_OK);
	rig_assert_well(r);
}

static void
reset_in_time(void *arg, struct exchange *x)
{
	struct rig *r = arg;

	(void)x;
	if (r->faulty.count != r->halt_at)
		return;
	swtpm_kill(&r->machine);
	assert_err(swtpm_start(&r->machine), ERR_OK);
}

/* Sessions and objects are gone in the middle of it; nothing opens, or what
 * opens is right, and the next call is as if nothing had been. */
static void
test_a_reset_before_each_command(void **state)
{
	struct rig *r = *state;
	unsigned last;

	faulty_set(&r->faulty, FAULT_NONE, 0, 0);
	assert_err(rig_unseal(r), ERR_OK);
	last = r->faulty.count;
	r->faulty.before = reset_in_time;
	r->faulty.arg = r;
	for (r->halt_at = 2; r->halt_at <= last; r->halt_at++) {
		faulty_set(&r->faulty, FAULT_NONE, 0, 0);
		assert_int_equal(rig_unseal(r) == ERR_OK,
		    r->halt_at + 3 > last);
		rig_assert_well(r);
	}
}

/* Another TPM behind the same name, with an SRK of its own. */
static void
test_another_tpm_in_its_place(void **state)
{
	struct rig *r = *state;
	struct tpm *t OWNED(tpm_drop) = NULL;
	struct tpm_name other;
	char path[128];
	uint8_t byte;

	swtpm_kill(&r->machine);
	snprintf(path, sizeof(path), "%s/tpm2-00.permall", r->machine.dir);
	assert_int_equal(unlink(path), 0);
	assert_err(swtpm_start(&r->machine), ERR_OK);
	assert_err(tpm_open(r->machine.tcti, &t), ERR_OK);
	assert_err(tpm_srk_create(t, &other), ERR_OK);
	assert_memory_not_equal(other.at, r->c.srk.at, sizeof(other.at));

	assert_err(tpm_random(r->t, &byte, 1), ERR_AUTH);
	faulty_set(&r->faulty, FAULT_UNSENT, 1, 1);
	assert_err(tpm_random(r->t, &byte, 1), ERR_HARDWARE);
	/* Begun anew, it looks at the Name. */
	assert_err(tpm_random(r->t, &byte, 1), ERR_AUTH);
	assert_err(tpm_srk_pin(t, &r->c.srk), ERR_AUTH);
}

/* As in a sandbox: no descriptor can be opened any more. */
static void
test_it_begins_anew_without_a_new_descriptor(void **state)
{
	struct rig *r = *state;
	struct rlimit was, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = (struct rlimit){ STDERR_FILENO + 1, was.rlim_max };
	swtpm_kill(&r->machine);
	assert_err(rig_unseal(r), ERR_HARDWARE);
	assert_err(swtpm_start(&r->machine), ERR_OK);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int another = dup(STDERR_FILENO);
	enum err e = rig_unseal(r);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(another, -1);
	assert_err(e, ERR_OK);
	rig_assert_well(r);
}

/* The children of a process, but one; how many there are. */
static size_t
children(pid_t of, pid_t but, pid_t *last)
{
	char path[64];
	size_t n = 0;
	int pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", of, of);
	f = fopen(path, "r");
	if (f == NULL)
		skip();
	while (fscanf(f, "%d", &pid) == 1)
		if (pid != but) {
			*last = pid;
			n++;
		}
	fclose(f);
	return n;
}

static void
test_the_bearer_is_replaced(void **state)
{
	struct rig *r = *state;
	pid_t porter = 0, bearer = 0;

	assert_int_equal(children(getpid(), r->machine.pid, &porter), 1);
	assert_int_equal(children(porter, 0, &bearer), 1);
	/* A stop of the service is for its parent. */
	kill(bearer, SIGTERM);
	kill(porter, SIGTERM);
	rig_assert_well(r);
	kill(bearer, SIGKILL);
	/* While it is dying it can still take a request along. */
	while (kill(bearer, 0) == 0)
		sched_yield();
	rig_assert_well(r);
}

static void
test_without_the_porter_it_says_so(void **state)
{
	struct rig *r = *state;
	pid_t porter = 0;
	char said[2048];

	assert_int_equal(children(getpid(), r->machine.pid, &porter), 1);
	kill(porter, SIGKILL);
	assert_int_equal(waitpid(porter, NULL, 0), porter);
	said_begin();
	enum err e = rig_unseal(r);
	said_end(said, sizeof(said));
	assert_err(e, ERR_HARDWARE);
	assert_non_null(strstr(said, "the process that reaches it is gone"));
}

/* Not even when the TPM is stopped, and the bearer waits for it. */
static void
test_no_process_is_left(void **state)
{
	struct rig *r = *state;
	pid_t pid;

	swtpm_halt(&r->machine);
	r->faulty.limit_ms = SHORT_MS;
	assert_err(rig_unseal(r), ERR_HARDWARE);
	tpm_drop(&r->t);
	assert_int_equal(children(getpid(), r->machine.pid, &pid), 0);
	swtpm_go(&r->machine);
}

/* ---- what listens there is no TPM ---- */

enum manner { REFUSES, CLOSES, SILENT, HALF, GARBAGE, FULL };

static void
answer_as(enum manner manner, int fd)
{
	static const uint8_t half[] = { 0x80, 0x01, 0, 0, 0, 20, 0, 0 };
	static const uint8_t garbage[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0, 0,
	    0xff, 0xff };
	uint8_t command[4096];

	if (manner == CLOSES || read(fd, command, sizeof(command)) <= 0)
		return;
	if (manner == HALF)
		(void)!write(fd, half, sizeof(half));
	if (manner == GARBAGE)
		(void)!write(fd, garbage, sizeof(garbage));
	if (manner == HALF || manner == SILENT)
		pause();
}

/* In a child: the control channel says yes to everything. */
static _Noreturn void
pose_as_tpm(enum manner manner, int server, int control)
{
	const uint8_t yes[4] = { 0 };
	uint8_t command[64];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	/* The TCTI tries the server, asks the control channel, comes back. */
	close(accept(server, NULL, NULL));
	int fd = accept(control, NULL, NULL);
	(void)!read(fd, command, sizeof(command));
	(void)!write(fd, yes, sizeof(yes));
	close(fd);
	for (;;) {
		fd = accept(server, NULL, NULL);
		answer_as(manner, fd);
		close(fd);
	}
}

static int
listen_at(const char *dir, const char *name, int backlog)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s", dir, name);
	unlink(to.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(listen(fd, backlog), 0);
	if (backlog == 0) {
		int one = socket(AF_UNIX, SOCK_STREAM, 0);

		/* It stays in the queue, and nobody else comes in. */
		assert_int_equal(connect(one, (struct sockaddr *)&to,
		    sizeof(to)), 0);
		close(one);
	}
	return fd;
}

static const struct row {
	const char	*name;
	enum manner	 manner;
	const char	*words;
} rows[] = {
	{ "it refuses",           REFUSES, "it cannot be reached" },
	{ "it hangs up",          CLOSES,  "it cannot be reached" },
	{ "it is silent",         SILENT,  "no answer in time" },
	{ "it says half of it",   HALF,    "no answer in time" },
	{ "it talks nonsense",    GARBAGE, "(0x" },
	{ "it lets nobody in",    FULL,    "no answer in time" },
};

static void
test_no_tpm(void **state)
{
	const struct row *row = *state;
	const int answers = row->manner == REFUSES || row->manner == CLOSES ||
	    row->manner == GARBAGE;
	struct faulty f = { .limit_ms = answers ? 0 : 5 * SHORT_MS };
	struct tpm *t OWNED(tpm_drop) = NULL;
	struct carrier c = { 0 };
	char dir[] = "/tmp/no-tpm-XXXXXX", path[64], said[2048];
	int server, control;
	pid_t pid = 0;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "swtpm:path=%s/tpm", dir);
	server = listen_at(dir, "tpm", row->manner == FULL ? 0 : 8);
	control = listen_at(dir, "tpm.ctrl", 8);
	if (row->manner != REFUSES && row->manner != FULL)
		pid = fork();
	if (pid == 0 && row->manner != REFUSES && row->manner != FULL)
		pose_as_tpm(row->manner, server, control);
	if (row->manner != FULL)
		close(server);
	assert_err(faulty_open(&f, path, &c), ERR_OK);
	said_begin();
	enum err e = tpm_open_over(&c, &t);
	said_end(said, sizeof(said));
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	if (row->manner == FULL)
		close(server);
	close(control);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/tpm%s", dir, i ? ".ctrl" : "");
		unlink(path);
	}
	rmdir(dir);
	assert_err(e, ERR_HARDWARE);
	assert_non_null(strstr(said, row->words));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		RIG(test_stopped_before_each_command),
		RIG(test_stopped_for_long),
		RIG(test_stopped_at_open),
		RIG(test_a_stopped_one_is_replaced),
		RIG(test_the_plug_is_pulled),
		RIG(test_a_reset_between_two_calls),
		RIG(test_a_reset_before_each_command),
		RIG(test_another_tpm_in_its_place),
		RIG(test_it_begins_anew_without_a_new_descriptor),
		RIG(test_the_bearer_is_replaced),
		RIG(test_without_the_porter_it_says_so),
		RIG(test_no_process_is_left),
	};
	struct CMUnitTest posing[ROWS(rows)];

	for (size_t i = 0; i < ROWS(rows); i++)
		posing[i] = ROW_TEST(rows[i].name, test_no_tpm, &rows[i]);
	return cmocka_run_group_tests_name("tpm stopped", tests, NULL, NULL) +
	    cmocka_run_group_tests_name("no tpm", posing, NULL, NULL);
}
