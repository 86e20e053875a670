using Ptewright.Plugin;

namespace Ptewright.Cli.Tests;

/// <summary>What the plugin takes for which instruction; words as an assembler makes them.</summary>
public sealed class InstructionWordTests
{
    [Theory]
    [InlineData(0xd508_831f, "Tlbi")] // tlbi vmalle1is
    [InlineData(0xd508_871f, "Tlbi")] // tlbi vmalle1
    [InlineData(0xd508_83e0, "Tlbi")] // tlbi vaale1is, x0
    [InlineData(0xd508_8265, "Tlbi")] // tlbi rvaae1is, x5
    [InlineData(0xd50c_83df, "Tlbi")] // tlbi vmalls12e1is
    [InlineData(0xd508_931f, "Tlbi")] // tlbi vmalle1isnxs
    [InlineData(0xd503_3f9f, "Dsb")] // dsb sy
    [InlineData(0xd503_3b9f, "Dsb")] // dsb ish
    [InlineData(0xd503_3a9f, "Dsb")] // dsb ishst
    [InlineData(0xd503_379f, "Dsb")] // dsb nsh
    [InlineData(0xd503_369f, "Dsb")] // dsb nshst
    [InlineData(0xd503_3e3f, "Dsb")] // dsb synxs
    [InlineData(0xd503_3fdf, "Isb")] // isb
    [InlineData(0xd503_3fbf, "Other")] // dmb sy
    [InlineData(0xd503_3bbf, "Other")] // dmb ish
    [InlineData(0xd503_30ff, "Other")] // sb
    [InlineData(0xd503_3f5f, "Other")] // clrex
    [InlineData(0xd50b_7420, "Other")] // dc zva, x0
    [InlineData(0xd508_751f, "Other")] // ic iallu
    [InlineData(0xd508_7800, "Other")] // at s1e1r, x0
    [InlineData(0xd518_2020, "Other")] // msr ttbr1_el1, x0
    [InlineData(0xd528_8300, "Other")] // sysl x0, #0, c8, c3, #0
    [InlineData(0xd503_201f, "Other")] // nop
    [InlineData(0xd65f_03c0, "Other")] // ret
    [InlineData(0x0000_0000, "Other")] // udf #0
    [InlineData(0xffff_ffff, "Other")]
    public void Instructions_are_told_apart(uint word, string kind) => Assert.Equal(kind, InstructionWord.KindOf(word).ToString());
}
