/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Begins a .def file: what its reader has not defined means nothing.  A
 * reader defines some of SET, VALUE, END_SET, ENTRY, FIELD and END, includes
 * the .def, and finds them undefined again (wire/def_close.h).
 */
#ifndef SET
#define SET(name, doc)
#endif
#ifndef VALUE
#define VALUE(set, name)
#endif
#ifndef END_SET
#define END_SET(name)
#endif
#ifndef ENTRY
#define ENTRY(class, name, bound, doc)
#endif
#ifndef FIELD
#define FIELD(of, need, kind, name, doc)
#endif
#ifndef END
#define END(name)
#endif

#define MESSAGE(name, bound, doc)	ENTRY(MESSAGE, name, bound, doc)
#define OBJECT(name, bound, doc)	ENTRY(OBJECT, name, bound, doc)
#define GROUP(name, bound, doc)		ENTRY(GROUP, name, bound, doc)
#define RECORD(name, bound, doc)	ENTRY(RECORD, name, bound, doc)
