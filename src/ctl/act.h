/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_ACT_H
#define CTL_ACT_H

/*
 * An act on paper: the file in which it goes from officer to officer, and
 * what it says, for people.
 *
 * Knows wire, cose, enforce.  Does not know cryptod.
 */

#include "cose/act.h"
#include "ctl/act_vm.h"
#include "ctl/ctl.h"
#include "ctl/input.h"
#include "ctl/sheet.h"
#include "enforce/trust.h"

struct paper {
	struct input	in;
	struct msg	file;		/* act_file */
	struct msg	act;		/* what is in it */
	struct vm_look	vm;		/* by the options */
	bool		trusted;	/* there is a trust file: */
	struct trust	trust;
};

/* Read it, and the trust file if there is one.  Each fault is one line. */
enum ends paper_read(const struct args *a, struct paper *out);
void paper_drop(struct paper *p);

/* Write it anew, whole or not at all; what is there is replaced if it may
 * be. */
enum ends paper_write(const char *path, const struct msg *file, bool anew);

/* The same of any bytes. */
enum ends paper_put(const char *path, struct span bytes, bool anew);

/* Who approved, as bits of the trust file's officers, and how many they are;
 * *others counts what is no approval of theirs. */
enum err paper_approvers(const struct paper *p, uint16_t *who,
    unsigned *count, unsigned *others);

/* All of it; fills the map that is open. */
enum err paper_show(struct sheet *s, const struct paper *p);

/* Is the act for the appliance of the trust file? */
bool paper_is_ours(const struct paper *p);

/* The commands that there are: what an argument of this one is called, and
 * its kind; NULL behind the last. */
struct act_argument {
	const char	*name;
	enum item_kind	 kind;
	bool		 optional;
};
struct act_command {
	const char		*name;
	const char		*says;	/* {name} is an argument */
	bool			 attaches;
	struct act_argument	 arguments[4];
};
const struct act_command *act_command(struct span name);

/* In plain words, with the arguments in place. */
void act_say(struct sheet *s, const struct msg_act *act);

#endif
