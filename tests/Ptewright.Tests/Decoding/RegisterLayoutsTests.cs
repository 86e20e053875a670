using CsCheck;
using Ptewright.Decoding;
using Ptewright.Translation;

namespace Ptewright.Tests.Decoding;

/// <summary>What registers say, against values of real kernels and the manual's tables.</summary>
public sealed class RegisterLayoutsTests
{
    [Fact]
    public void Every_field_says_what_the_manual_says() => Vectors.Check("registers.txt", 5, item =>
    {
        ulong raw = item.Number(1);
        FieldLayout register = RegisterLayouts.Of(item.Text(0), false, raw);
        BitField field = register.Find(item.Text(2));
        Assert.Equal((item.Number(3), item.Text(4)), (field.Extract(raw), register.Explain(field, raw).Replace(' ', '-')));
    });

    [Fact]
    public void Every_register_has_a_vector() => Assert.Empty(RegisterLayouts.Names.Except(Vectors.Read("registers.txt", 5).Select(item => item.Text(0)))
        .Except(["tcr_el1", "ttbr0_el1", "ttbr1_el1", "mair_el1", "far_el2"]));

    [Fact]
    public void What_is_typed_leads_to_the_form_that_it_belongs_to() => Gen.Select(Gen.ULong, Gen.OneOf([.. RegisterLayouts.Names.Select(Gen.Const)]), Gen.Bool, Gen.Int[0, 63]).Sample((random, name, has52, exception) =>
    {
        // Classes are chosen evenly; most random ones would be reserved.
        ulong raw = (random & ~(63UL << 26)) | ((ulong)exception << 26);
        FieldLayout form = RegisterLayouts.Of(name, has52, raw);
        (string, string)[] typed = [.. form.Fields.Select(field => (field.Name, $"0x{field.Extract(raw):x}"))];
        Assert.Equal($"{name} {raw:x16}", $"{name} {FieldLayout.Parse(value => RegisterLayouts.Of(name, has52, value), typed):x16}");
    });

    [Fact]
    public void A_field_of_another_form_is_refused() => Assert.Equal(
        "There is no field 'SAS' (ESR_EL1, Instruction Abort from the current level); there are HDBSSF, AssuredOnly, Overlay, EC, IL, PFV, SET, FnV, EA, S1PTW, IFSC.",
        Assert.Throws<InvalidInputException>(() => FieldLayout.Parse(raw => RegisterLayouts.Of("esr_el1", false, raw), [("EC", "0x21"), ("SAS", "word")])).Message);

    [Fact]
    public void The_syndromes_fields_are_those_that_the_engine_reads() => Gen.Select(Gen.ULong, Gen.Int[0, 63]).Sample((random, exception) =>
    {
        ulong raw = (random & ~(63UL << 26)) | ((ulong)exception << 26);
        ExceptionSyndrome syndrome = new(raw);
        FieldLayout form = RegisterLayouts.Of("esr_el2", false, raw);
        Assert.Equal((ulong)syndrome.Class, form.Find("EC").Extract(raw));
        if (syndrome.IsDataAbort)
        {
            Assert.Equal(syndrome.Status.Code, (int)form.Find("DFSC").Extract(raw));
            Assert.Equal(FaultText.Of(syndrome.Status), form.Explain(form.Find("DFSC"), raw));
            Assert.Equal(syndrome.IsCacheMaintenance, form.Find("CM").Extract(raw) == 1);
            Assert.Equal(syndrome.IsStage1Walk, form.Find("S1PTW").Extract(raw) == 1);
            Assert.Equal(syndrome.IsNestedVirtualization, form.Find("VNCR").Extract(raw) == 1);
            Assert.Equal(syndrome.IsGuardedControlStack, form.Find("GCS").Extract(raw) == 1);
            Assert.Equal(syndrome.IsWrite, form.Find("WnR").Extract(raw) == 1 && !syndrome.IsCacheMaintenance);
        }
        else if (syndrome.IsInstructionAbort)
        {
            Assert.Equal(syndrome.Status.Code, (int)form.Find("IFSC").Extract(raw));
            Assert.Equal(syndrome.FaultKind == FaultKind.Unallocated, form.Explain(form.Find("IFSC"), raw) == "reserved");
        }
    });

    [Theory]
    [InlineData("esr_el1", 0x9600004f, "Data Abort from the current level: a write met a permission fault level 3.")]
    [InlineData("esr_el1", 0x92000004, "Data Abort from a lower level: a read met a translation fault level 0.")]
    [InlineData("esr_el1", 0x9600002b, "Data Abort from the current level: a read met a translation fault level -1.")]
    [InlineData("esr_el1", 0x86000009, "Instruction Abort from the current level: a fetch met an access flag fault level 1.")]
    [InlineData("esr_el1", 0x96000610, "Data Abort from the current level: a read met a synchronous external abort; FAR is not valid.")]
    [InlineData("esr_el1", 0x96000021, "Data Abort from the current level: a read met an alignment fault.")]
    [InlineData("esr_el1", 0x96000030, "Data Abort from the current level: a read met a TLB conflict abort.")]
    [InlineData("esr_el2", 0x920000c6, "Data Abort from a lower level: a write met a translation fault level 2, of stage 2 while it read a stage 1 table.")]
    [InlineData("esr_el1", 0x9200014f, "Data Abort from a lower level: cache maintenance or an address translation met a permission fault level 3.")]
    [InlineData("esr_el1", 0x000000409600004f, "Data Abort from the current level: a write met a permission fault level 3; the overlay took the right away.")]
    [InlineData("esr_el1", 0x000000209600004f, "Data Abort from the current level: a write met a permission fault level 3; the page is clean, and hardware does not make it dirty.")]
    [InlineData("esr_el1", 0x86000021, "Instruction Abort from the current level: a fetch met a reserved fault.")]
    [InlineData("esr_el1", 0x02000000, "Unknown reason.")]
    [InlineData("esr_el1", 0x56000000, "SVC.")]
    [InlineData("esr_el1", 0x06000001, "Trapped WFI or WFE.")]
    [InlineData("par_el1", 0xff00000040200b80, "The address leads to the page 0x40200000, normal write-back.")]
    [InlineData("par_el1", 0x080f, "The translation failed: translation fault level 3.")]
    [InlineData("par_el1", 0x0a0f, "The translation failed: translation fault level 3 of stage 2.")]
    [InlineData("par_el1", 0x0b0f, "The translation failed: translation fault level 3, of stage 2 while it read a stage 1 table.")]
    [InlineData("tcr_el1", 0, null)]
    public void A_value_is_said_in_one_sentence(string register, ulong raw, string? sentence) => Assert.Equal(sentence, RegisterLayouts.Describe(register, raw));
}
