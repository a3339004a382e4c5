L0:
(W)     mov (8|M0)               r127.0<1>:ud  0x0:ud
(W)     and (1|M0)               r127.2<1>:ud  r0.0<0;1,0>:ud    0xFFFFFFC0:ud
(W)     and (1|M0)               r127.0<1>:uw  r0.4<0;1,0>:uw    0xFF:uw
(W)     add (1|M0)               r127.2<1>:ud  r127.2<0;1,0>:ud  0x40:uw              {I@2}
(W)     mad (1|M0)               r127.2<1>:ud  r127.2<0;0>:ud    r127.0<0;0>:uw    0x60:uw              {I@1}
(W)     mov (8|M0)               r4.0<1>:ud    r1.0<1;1,0>:ud
(W)     send.dc0 (8|M0)          r1       r127    null:0  0x0            0x022843FD           {A@1,$0} // wr:1h+0, rd:2; oword aligned block read x4
(W)     add (1|M0)               r127.2<1>:ud  r127.2<0;1,0>:ud  0x40:uw              {$0.src}
(W)     send.dc0 (8|M0)          r3       r127    null:0  0x0            0x021842FD           {A@1,$1} // wr:1h+0, rd:1; oword aligned block read x2
        nop
        nop
        nop
(W)     mov (8|M0)               r127.0<1>:ud  0x0:ud                              {$1.src}
(W)     and (1|M0)               r127.2<1>:ud  r0.0<0;1,0>:ud    0xFFFFFFC0:ud
(W)     send.dc0 (8|M0)          r5       r127    null:0  0x0            0x022843FD           {A@1,$2} // wr:1h+0, rd:2; oword aligned block read x4
(W)     mov (8|M0)               r3.0<1>:ud    r0.0<1;1,0>:ud                   {$1.dst}
(W)     or (1|M0)                cr0.0<1>:ud   cr0.0<0;1,0>:ud   0x4C0:uw              {A@1}
        sync.nop                             null                             {Compacted,A@1}
        sync.nop                             null                             {Compacted,$2.dst}
(W)     mul (1|M0)               acc0.0<1>:d   r6.4<0;1,0>:d     r3.2<0;1,0>:uw   {A@1}
(W)     mach (1|M0)              r5.0<1>:d     r6.4<0;1,0>:d     r3.1<0;1,0>:d
        sync.nop                             null                             {Compacted,$0.dst}
        add3 (16|M0)             r7.0<1>:d     r5.0<0;0>:d       r1.0<1;0>:uw      r4.0<0>:d        {I@1}
        shl (16|M0)              r9.0<1>:d     r7.0<1;1,0>:d     2:w               {Compacted,I@1}
        cmp (16|M0)   (lt)f0.1   null<1>:d     r9.0<1;1,0>:d     r5.4<0;1,0>:d    {I@1}
(~f0.1) goto (16|M0)                         L1344                  L1344
L384:
(W)     mul (1|M0)               acc0.0<1>:d   r6.5<0;1,0>:d     r3.12<0;1,0>:uw
(W)     mach (1|M0)              r6.0<1>:d     r6.5<0;1,0>:d     r3.6<0;1,0>:d
(W)     add (1|M0)               r5.1<1>:d     r5.4<0;1,0>:d     -4:w
        add (16|M0)              r13.0<1>:d    r6.0<0;1,0>:d     r2.0<1;1,0>:uw   {I@2}
        add3 (16|M0)             r15.0<1>:d    r6.0<0;0>:d       r2.0<1;0>:uw      r4.1<0>:d
        add3 (16|M0)             r19.0<1>:d    r13.0<1;0>:d      r4.1<0;0>:d       1:w               {I@2}
(W)     mul (8|M0)               acc0.0<1>:d   r15.0<1;1,0>:d    r5.12<0;1,0>:uw  {Compacted,I@2}
        mach (8|M0)              r17.0<1>:d    r15.0<1;1,0>:d    r5.6<0;1,0>:d    {Compacted}
(W)     mul (8|M8)               acc0.0<1>:d   r16.0<1;1,0>:d    r5.12<0;1,0>:uw
        mach (8|M8)              r18.0<1>:d    r16.0<1;1,0>:d    r5.6<0;1,0>:d    {Compacted}
(W)     mul (8|M0)               acc0.0<1>:d   r19.0<1;1,0>:d    r5.12<0;1,0>:uw  {Compacted,I@5}
        mach (8|M0)              r19.0<1>:d    r19.0<1;1,0>:d    r5.6<0;1,0>:d    {Compacted}
(W)     mul (8|M8)               acc0.0<1>:d   r20.0<1;1,0>:d    r5.12<0;1,0>:uw
        mach (8|M8)              r20.0<1>:d    r20.0<1;1,0>:d    r5.6<0;1,0>:d    {Compacted}
        sel (16|M0)   (lt)f0.0   r11.0<1>:d    r5.1<0;1,0>:d     r9.0<1;1,0>:d    {Compacted}
        sel (16|M0)   (lt)f0.0   r21.0<1>:d    r5.5<0;1,0>:d     r19.0<1;1,0>:d   {Compacted,I@2}
        cmp (16|M0)   (lt)f0.0   null<1>:d     r17.0<1;1,0>:d    r21.0<1;1,0>:d   {I@1}
(f0.0)  goto (16|M0)                         L720                  L720
L608:
(W)     mov (4|M0)               r31.0<1>:ud   0x0:ud
        mov (16|M0)              r23.0<1>:ud   r31.0<0;1,0>:ud                  {I@1}
        mov (16|M0)              r25.0<1>:f    r31.1<0;1,0>:f                   {Compacted}
        mov (16|M0)              r27.0<1>:f    r31.2<0;1,0>:f                   {Compacted}
        mov (16|M0)              r29.0<1>:f    r31.3<0;1,0>:f                   {Compacted}
        mov (16|M0)              r32.0<1>:ud   r31.0<0;1,0>:ud
        mov (16|M0)              r34.0<1>:f    r31.1<0;1,0>:f                   {Compacted}
        mov (16|M0)              r36.0<1>:f    r31.2<0;1,0>:f                   {Compacted}
        mov (16|M0)              r38.0<1>:f    r31.3<0;1,0>:f                   {Compacted}
        goto (16|M0)                         L720                  L1144
L720:
        join (16|M0)                         L1144
L736:
        shl (16|M0)              r40.0<1>:d    r11.0<1;1,0>:d    2:w               {Compacted}
        mov (16|M0)              r42.0<1>:ud   0x0:ud
        mov (16|M0)              r44.0<1>:ud   0x0:ud
        mov (16|M0)              r46.0<1>:ud   0x0:ud
        mov (16|M0)              r48.0<1>:ud   0x0:ud
        mov (16|M0)              r50.0<1>:f    0.0:f                               {Compacted}
        mov (16|M0)              r52.0<1>:f    0.0:f                               {Compacted}
        mov (16|M0)              r54.0<1>:f    0.0:f                               {Compacted}
        mov (16|M0)              r56.0<1>:f    0.0:f                               {Compacted}
L840:
(W)     mul (8|M0)               acc0.0<1>:d   r17.0<1;1,0>:d    r5.8<0;1,0>:uw   {Compacted}
        mach (8|M0)              r58.0<1>:d    r17.0<1;1,0>:d    r5.4<0;1,0>:d    {Compacted}
(W)     mul (8|M8)               acc0.0<1>:d   r18.0<1;1,0>:d    r5.8<0;1,0>:uw
        mach (8|M8)              r59.0<1>:d    r18.0<1;1,0>:d    r5.4<0;1,0>:d    {Compacted}
        add (16|M0)              r17.0<1>:d    r17.0<1;1,0>:d    1:w               {Compacted}
        shl (16|M0)              r58.0<1>:d    r58.0<1;1,0>:d    2:w               {Compacted,I@2}
        add3 (16|M0)             r58.0<1>:d    r40.0<1;0>:d      r6.2<0;0>:d       r58.0<1>:d       {I@1}
        send.dc1 (16|M0)         r60      r58     null:0  0x0            0x04805000           {A@1,$3} // wr:2+0, rd:8; untyped surface read with xyzw
        cmp (16|M0)   (lt)f1.0   null<1>:d     r17.0<1;1,0>:d    r21.0<1;1,0>:d
        sync.nop                             null                             {Compacted,$3.dst}
        add (16|M0)              r56.0<1>:f    r56.0<1;1,0>:f    r60.0<1;1,0>:f   {Compacted,F@1}
        add (16|M0)              r54.0<1>:f    r54.0<1;1,0>:f    r62.0<1;1,0>:f   {Compacted}
        add (16|M0)              r52.0<1>:f    r52.0<1;1,0>:f    r64.0<1;1,0>:f   {Compacted}
        add (16|M0)              r50.0<1>:f    r50.0<1;1,0>:f    r66.0<1;1,0>:f   {Compacted}
        mad (16|M0)              r48.0<1>:f    r48.0<1;0>:f      r60.0<1;0>:f      r60.0<1>:f       {Compacted}
        mad (16|M0)              r46.0<1>:f    r46.0<1;0>:f      r62.0<1;0>:f      r62.0<1>:f       {Compacted}
        mad (16|M0)              r44.0<1>:f    r44.0<1;0>:f      r64.0<1;0>:f      r64.0<1>:f       {Compacted}
        mad (16|M0)              r42.0<1>:f    r42.0<1;0>:f      r66.0<1;0>:f      r66.0<1>:f       {Compacted}
(f1.0)  goto.b (16|M0)                       L1032                  L840
L1032:
        join (16|M0)                         L1144
L1048:
        mov (16|M0)              r23.0<1>:ud   r48.0<1;1,0>:ud                  {F@4}
        mov (16|M0)              r25.0<1>:ud   r46.0<1;1,0>:ud                  {F@3}
        mov (16|M0)              r27.0<1>:ud   r44.0<1;1,0>:ud                  {F@2}
        mov (16|M0)              r29.0<1>:ud   r42.0<1;1,0>:ud                  {F@1}
        mov (16|M0)              r32.0<1>:f    r56.0<1;1,0>:f                   {Compacted}
        mov (16|M0)              r34.0<1>:f    r54.0<1;1,0>:f                   {Compacted}
        mov (16|M0)              r36.0<1>:f    r52.0<1;1,0>:f                   {Compacted}
        mov (16|M0)              r38.0<1>:f    r50.0<1;1,0>:f                   {Compacted}
L1144:
        join (16|M0)                         L1344
L1160:
        shl (16|M0)              r68.0<1>:d    r15.0<1;1,0>:d    1:w               {Compacted}
(W)     mul (8|M0)               acc0.0<1>:d   r68.0<1;1,0>:d    r5.8<0;1,0>:uw   {Compacted,I@1}
        add (16|M0)              r76.0<1>:d    r68.0<1;1,0>:d    1:w               {Compacted}
        mach (8|M0)              r70.0<1>:d    r68.0<1;1,0>:d    r5.4<0;1,0>:d    {Compacted}
(W)     mul (8|M8)               acc0.0<1>:d   r69.0<1;1,0>:d    r5.8<0;1,0>:uw
        mach (8|M8)              r71.0<1>:d    r69.0<1;1,0>:d    r5.4<0;1,0>:d    {Compacted}
(W)     mul (8|M0)               acc0.0<1>:d   r76.0<1;1,0>:d    r5.8<0;1,0>:uw   {Compacted,I@4}
        mach (8|M0)              r76.0<1>:d    r76.0<1;1,0>:d    r5.4<0;1,0>:d    {Compacted}
(W)     mul (8|M8)               acc0.0<1>:d   r77.0<1;1,0>:d    r5.8<0;1,0>:uw
        mach (8|M8)              r77.0<1>:d    r77.0<1;1,0>:d    r5.4<0;1,0>:d    {Compacted}
        shl (16|M0)              r72.0<1>:d    r11.0<1;1,0>:d    2:w               {Compacted}
        shl (16|M0)              r70.0<1>:d    r70.0<1;1,0>:d    2:w               {Compacted,I@6}
        shl (16|M0)              r76.0<1>:d    r76.0<1;1,0>:d    2:w               {Compacted,I@3}
        add3 (16|M0)             r74.0<1>:d    r70.0<1;0>:d      r6.3<0;0>:d       r72.0<1>:d       {I@2}
        add3 (16|M0)             r78.0<1>:d    r76.0<1;0>:d      r6.3<0;0>:d       r72.0<1>:d       {I@2}
        send.dc1 (16|M0)         null     r74     r32:8   0x0            0x04025001           {A@1,$4} // wr:2+8, rd:0; untyped surface write with xyzw
        send.dc1 (16|M0)         null     r78     r23:8   0x0            0x04025001           {A@1,$5} // wr:2+8, rd:0; untyped surface write with xyzw
L1344:
        join (16|M0)                         L1360
L1360:
(W)     mov (8|M0)               r127.0<1>:f   r3.0<1;1,0>:f                    {Compacted}
(W)     send.ugm (1|M0)          r80      r3      null:0  0x0            0x0214031F           {$6} // wr:1+0, rd:1; fence.ugm.none.local
(W)     mov (8|M0)               null<1>:ud    r80.0<1;1,0>:ud                  {$6.dst}
(W)     send.gtwy (8|M0)         null     r127    null:0  0x0            0x02000010           {EOT,A@1} // wr:1+0, rd:0; end of thread
L1416:
        nop
        illegal
        illegal
        illegal
        illegal
        illegal
        illegal
        illegal
        illegal
        illegal
        illegal
