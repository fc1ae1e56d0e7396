/* SPDX-License-Identifier: MIT */
/* A port map: how the ports of somebody else's module stand for those of the contract.
 * harness/dut/README.md teaches the format. */
#ifndef LOCKSTEP_PORT_MAP_H
#define LOCKSTEP_PORT_MAP_H

#include "base/error.h"
#include "lockstep/dut_contract.h"

/* What stands for one port of the contract. */
struct port_mapping {
    char *name;        /* of the module's port; NULL: there is none, and `constant` is its value */
    bool is_inverted;  /* the port is active low */
    bool is_narrow;    /* it may have fewer bits */
    uint64_t constant; /* fits the contract's width */
    unsigned line, column; /* in the file; 0 where the file does not give it */
};

/* An input that the contract does not know. */
struct port_tie {
    char *name;
    uint64_t value;
    unsigned line, column;
};

struct port_map {
    char *path; /* of the file; NULL: the module has the contract's own ports */
    struct port_mapping ports[CONTRACT_PORTS];
    struct port_tie *ties;
    unsigned tie_count;
};

/* Reads a file; path NULL gives the contract's own names. On failure one line with file, line and
 * column. The caller ends *map with port_map_free in either case. */
bool port_map_load(struct port_map *map, const char *path, struct error *error);

/* The same from text in memory; `path` names it in messages. */
bool port_map_parse(struct port_map *map, const char *text, size_t length, const char *path,
                    struct error *error);
void port_map_free(struct port_map *map);

#endif
