normalise_sums_nhwc:                    ; @normalise_sums_nhwc
	s_load_dword s10, s[4:5], 0x4
	s_load_dwordx8 s[12:19], s[6:7], 0x10
	v_and_b32_e32 v1, 0x3ff, v0
	s_waitcnt lgkmcnt(0)
	s_and_b32 s0, s10, 0xffff
	s_mul_i32 s8, s8, s0
	s_add_i32 s0, s16, s8
	v_add_lshl_u32 v1, s0, v1, 2
	v_cmp_gt_i32_e32 vcc, s12, v1
	s_and_saveexec_b64 s[0:1], vcc
	s_cbranch_execz .LBB0_6
	s_lshr_b32 s4, s10, 16
	s_mul_i32 s9, s9, s4
	s_add_i32 s4, s18, s9
	v_bfe_u32 v0, v0, 10, 10
	s_load_dwordx4 s[0:3], s[6:7], 0x0
	v_add_u32_e32 v12, s4, v0
	s_add_i32 s4, s12, -4
	v_mul_lo_u32 v13, v12, s14
	v_min_i32_e32 v0, s4, v1
	v_add_u32_e32 v1, s14, v13
	v_min_i32_e32 v14, s13, v1
	v_ashrrev_i32_e32 v1, 31, v0
	v_mov_b32_e32 v7, 0
	v_cmp_lt_i32_e32 vcc, v13, v14
	v_lshlrev_b64 v[8:9], 2, v[0:1]
	v_mov_b32_e32 v6, v7
	v_mov_b32_e32 v5, v7
	v_mov_b32_e32 v4, v7
	v_mov_b32_e32 v3, v7
	v_mov_b32_e32 v2, v7
	v_mov_b32_e32 v1, v7
	v_mov_b32_e32 v0, v7
	s_and_saveexec_b64 s[4:5], vcc
	s_cbranch_execz .LBB0_5
	s_waitcnt lgkmcnt(0)
	v_mov_b32_e32 v0, s1
	v_add_co_u32_e32 v15, vcc, s0, v8
	s_mul_i32 s0, s14, s12
	v_mov_b32_e32 v4, 0
	v_addc_co_u32_e32 v16, vcc, v0, v9, vcc
	v_mul_lo_u32 v10, s0, v12
	s_mov_b64 s[0:1], 0
	v_mov_b32_e32 v5, v4
	v_mov_b32_e32 v6, v4
	v_mov_b32_e32 v7, v4
	v_mov_b32_e32 v0, v4
	v_mov_b32_e32 v1, v4
	v_mov_b32_e32 v2, v4
	v_mov_b32_e32 v3, v4
.LBB0_3:                                ; =>This Inner Loop Header: Depth=1
	v_ashrrev_i32_e32 v11, 31, v10
	v_lshlrev_b64 v[18:19], 2, v[10:11]
	v_add_co_u32_e32 v18, vcc, v15, v18
	v_addc_co_u32_e32 v19, vcc, v16, v19, vcc
	global_load_dwordx4 v[18:21], v[18:19], off
	v_add_u32_e32 v13, 1, v13
	v_cmp_ge_i32_e32 vcc, v13, v14
	s_or_b64 s[0:1], vcc, s[0:1]
	v_add_u32_e32 v10, s12, v10
	s_waitcnt vmcnt(0)
	v_pk_add_f32 v[6:7], v[6:7], v[20:21]
	v_pk_add_f32 v[4:5], v[4:5], v[18:19]
	v_pk_fma_f32 v[2:3], v[20:21], v[20:21], v[2:3]
	v_pk_fma_f32 v[0:1], v[18:19], v[18:19], v[0:1]
	s_andn2_b64 exec, exec, s[0:1]
	s_cbranch_execnz .LBB0_3
	s_or_b64 exec, exec, s[0:1]
.LBB0_5:
	s_or_b64 exec, exec, s[4:5]
	v_mul_lo_u32 v10, v12, s12
	v_lshlrev_b32_e32 v10, 1, v10
	v_ashrrev_i32_e32 v11, 31, v10
	v_lshlrev_b64 v[12:13], 2, v[10:11]
	s_waitcnt lgkmcnt(0)
	v_mov_b32_e32 v11, s3
	v_add_co_u32_e32 v12, vcc, s2, v12
	v_addc_co_u32_e32 v11, vcc, v11, v13, vcc
	v_add_co_u32_e32 v12, vcc, v12, v8
	v_addc_co_u32_e32 v13, vcc, v11, v9, vcc
	global_store_dwordx4 v[12:13], v[4:7], off
	s_nop 0
	v_add_u32_e32 v4, s12, v10
	v_ashrrev_i32_e32 v5, 31, v4
	v_lshlrev_b64 v[4:5], 2, v[4:5]
	v_mov_b32_e32 v6, s3
	v_add_co_u32_e32 v4, vcc, s2, v4
	v_addc_co_u32_e32 v5, vcc, v6, v5, vcc
	v_add_co_u32_e32 v4, vcc, v4, v8
	v_addc_co_u32_e32 v5, vcc, v5, v9, vcc
	global_store_dwordx4 v[4:5], v[0:3], off
.LBB0_6:
	s_endpgm
	.section	.rodata
	.amdgpu_metadata
---
amdhsa.kernels:
  - .agpr_count:     0
    .group_segment_fixed_size: 0
    .kernarg_segment_align: 8
    .kernarg_segment_size: 88
    .language:       OpenCL C
    .language_version:
      - 1
      - 2
    .max_flat_workgroup_size: 256
    .name:           normalise_sums_nhwc
    .private_segment_fixed_size: 0
    .sgpr_count:     24
    .sgpr_spill_count: 0
    .symbol:         normalise_sums_nhwc.kd
    .vgpr_count:     22
    .vgpr_spill_count: 0
    .wavefront_size: 64
