/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The unlocker asks an operator for a code, shows it to cryptod, and opens
 * the volume whose passphrase cryptod releases for it.  Before it takes a
 * byte from cryptod or from the disk it gives up all but one connection, one
 * volume, the terminal, and what libcryptsetup needs to open it.
 */

#include <linux/capability.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/sandbox.h"
#include "daemon/start.h"
#include "unlocker/paths.h"
#include "unlocker/unlock.h"

static const struct allow calls[] = {
	ALLOW(openat,		"the volume, as often as libcryptsetup likes"),
	ALLOW(newfstatat,	"what kind of device it is"),
	ALLOW(fstatfs,		"its block size, where it is a file"),
	ALLOW(lseek,		"its header and key slots"),
	ALLOW(pread64,		"what was seen of cryptod"),
	ALLOW(pwrite64,		"and what is seen now"),
	ALLOW(fdatasync,	"make that durable"),
	ALLOW(flock,		"its header, against cryptsetup"),
	ALLOW(unlink,		"a block device's lock, when it is let go"),
	ALLOW(munlock,		"libcryptsetup's secrets, when wiped"),
	ALLOW(sysinfo,		"libcryptsetup asks how much memory is free"),
	ALLOW(sched_getaffinity, "and how many processors there are"),
	ALLOW(uname,		"and which kernel"),
	ALLOW(getuid,		"and who we are"),
	ALLOW(geteuid,		"and as whom"),
	ALLOW(request_key,	"whether the kernel has keyrings"),
	ALLOW(rt_sigaction,	"signals, while a code is asked for"),
	ALLOW(rt_sigprocmask,	"and when they may come"),
	ALLOW(getpid,		"die of one, stop at ^Z"),
	ALLOW(gettid,		"the same"),
	ALLOW(tgkill,		"the same"),
	ALLOW(ioctl,		"terminal modes, the device's size and, to "
				"open it, device-mapper"),
};

/* Besides, to open a volume and not only to try it. */
static const struct allow opening[] = {
	ALLOW(add_key,		"the volume key, to where dm-crypt finds it"),
	ALLOW(keyctl,		"and away again if dm-crypt refuses it"),
	ALLOW(access,		"libdevmapper looks for udev"),
	ALLOW(semget,		"and waits for it"),
	ALLOW(semctl,		"the same"),
	ALLOW(semtimedop,	"the same"),
	ALLOW(umask,		"the mode of a device node"),
	ALLOW(mknodat,		"the node, where no udev makes it"),
	ALLOW(chown,		"and whose it is"),
};

#define N(table) (sizeof(table) / sizeof((table)[0]))

#define HEADROOM (32u << 20)	/* what the libraries will still ask for */

static enum err
lock_door(const struct unlock *u)
{
	static const int root[] = { CAP_SYS_ADMIN, CAP_IPC_LOCK,
	    CAP_MKNOD, CAP_CHOWN };
	/* Who has udev need not make the volume's node. */
	const size_t nroot = access("/run/udev/control", F_OK) == 0 ? 2 : 4;
	struct allow all[N(calls) + N(opening)];
	struct paths paths OWNED(paths_drop) = { .n = 0 };
	struct sandbox box = { .allow = all };
	bool whole;

	for (size_t i = 0; i < N(calls); i++)
		all[box.nallow++] = calls[i];
	for (size_t i = 0; i < N(opening) && !u->test; i++)
		all[box.nallow++] = opening[i];
	paths_open(&paths, u->volume->device, u->test);
	box.grants = paths.grants;
	box.ngrants = paths.n;
	box.capabilities = root;
	box.ncapabilities = u->test ? 0 : nroot;
	return sandbox_enter(&box, &whole);
}

static enum ends
run(const struct options *o, struct unlock *u)
{
	enum ends end;

	if (settings_read(o->config, &u->settings) != ERR_OK)
		return ENDS_usage;
	settings_warn(o->config, &u->settings);
	if (o->check)
		return ENDS_ok;
	if (!o->test && geteuid() != 0) {
		log_line("only root opens volumes; --test tries the key slot");
		return ENDS_machine;
	}

	/* While it still may: everything that needs a name. */
	end = unlock_begin(u, o);
	if (end != ENDS_ok)
		return end;
	if (u->settings.lock_memory == LOCK_ALL &&
	    daemon_lock_memory(HEADROOM) != ERR_OK)
		return ENDS_machine;

	/* From here on it can ask, hear, read one volume and open it. */
	if (lock_door(u) != ERR_OK)
		return ENDS_machine;
	return unlock_run(u);
}

int
main(int argc, char **argv)
{
	struct options o;
	enum ends end;

	if (!options_parse(argc, argv, &o, &end))
		return (int)end;
	if (daemon_bind(argv) != ERR_OK ||
	    daemon_start("unlocker", &o.code_fd, o.code_fd > 2) != ERR_OK)
		return ENDS_machine;
	terminal_signals();
	{
		struct unlock u OWNED(unlock_drop) = UNLOCK_EMPTY;

		end = run(&o, &u);
	}
	terminal_finish();
	return (int)end;
}
