/* SPDX-License-Identifier: MIT */
/* The linker's names of libsegmmu's functions. They carry a prefix of their own because emulators
 * that embed the library have functions of the same names: libunicorn, like the QEMU it comes from,
 * exports an `mmu_translate`, and whichever the dynamic linker finds first would be called. */
#ifndef SEGMMU_LINKAGE_H
#define SEGMMU_LINKAGE_H

#define mmu_access_code segmmu_access_code
#define mmu_access_name segmmu_access_name
#define mmu_config_error segmmu_config_error
#define mmu_cycle segmmu_cycle
#define mmu_execute segmmu_execute
#define mmu_fault_code segmmu_fault_code
#define mmu_fault_name segmmu_fault_name
#define mmu_fault_status_value segmmu_fault_status_value
#define mmu_id_value segmmu_id_value
#define mmu_init segmmu_init
#define mmu_locate segmmu_locate
#define mmu_op_name segmmu_op_name
#define mmu_register_name segmmu_register_name
#define mmu_translate segmmu_translate
#define mmu_translate_batch segmmu_translate_batch

#endif
