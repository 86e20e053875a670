using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Fuzz;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Tests.Kernels;

/// <summary>Kernels whose own table has only functions: what it lacks is found in the code, by two places that agree or not at all.</summary>
public sealed class FunctionsOnlyTests
{
    [Theory]
    [InlineData(false, FunctionsOnlyImage.Text)]
    [InlineData(false, 0xffff_c000_8000_0000)]
    [InlineData(true, FunctionsOnlyImage.Text)]
    [InlineData(true, 0xffff_b123_4560_0000)]
    public void What_the_table_lacks_is_found_in_a_file_and_in_memory(bool isInMemory, ulong text)
    {
        FunctionsOnlyImage image = new(isInMemory, text);
        foreach (VirtualAddress? given in (VirtualAddress?[])[null, new VirtualAddress(text)])
        {
            KernelSymbols symbols = Kallsyms.Read(image.Image, "Image", given)!;
            Assert.Equal(image.Functions.Select(function => (function.Key, text + (ulong)function.Value)).Concat(FunctionsOnlyImage.Lacking.Select(symbol => (symbol.Key, text + symbol.Value))).Order(),
                symbols.All.Select(symbol => (symbol.Name, symbol.Address.Value)).Order());
            Assert.Equal(text + FunctionsOnlyImage.Lacking["swapper_pg_dir"], symbols.ImageAt(new PhysicalAddress(0x4020_0000)).SwapperTable.Value);
        }
    }

    [Fact]
    public void A_newer_kernel_shows_the_code_of_its_identity_map_too()
    {
        KernelSymbols symbols = Kallsyms.Read(new FunctionsOnlyImage(isInMemory: false, isNewer: true).Image, "Image")!;
        Assert.False(new FunctionsOnlyImage(isInMemory: false, isNewer: true).Functions.ContainsKey("__idmap_text_start"));
        Assert.All(FunctionsOnlyImage.Lacking, symbol => Assert.Equal((symbol.Key, FunctionsOnlyImage.Text + symbol.Value), (symbol.Key, symbols.Find(symbol.Key).Value)));
        Assert.Equal(FunctionsOnlyImage.Text + FunctionsOnlyImage.IdentityCode, symbols.Find("__idmap_text_start").Value);
        Assert.Equal(FunctionsOnlyImage.Text + FunctionsOnlyImage.IdentityCode + FunctionsOnlyImage.IdentityLength, symbols.Find("__idmap_text_end").Value);
        Assert.Equal("the identity map's code, paging_init", symbols.Found["__idmap_kpti_flag"]);
    }

    [Fact]
    public void It_is_said_how_each_is_known()
    {
        IReadOnlyDictionary<string, string> file = Kallsyms.Read(new FunctionsOnlyImage(isInMemory: false).Image, "Image")!.Found;
        Assert.Equal("the header, paging_init", file["_end"]);
        Assert.Equal("paging_init, secondary_startup, kpti_install_ng_mappings", file["swapper_pg_dir"]);
        IReadOnlyDictionary<string, string> memory = Kallsyms.Read(new FunctionsOnlyImage(isInMemory: true).Image, "Image")!.Found;
        Assert.Equal("the header, the list of areas, init_mm", memory["_end"]);
        Assert.Equal("the trampoline's code, the linker script's order", memory["tramp_pg_dir"]);
        Assert.Empty(Kallsyms.Read(KallsymsImage.Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: true, isListed: true), "Image")!.Found);
    }

    [Fact]
    public void A_header_that_is_overwritten_is_not_needed_in_memory()
    {
        FunctionsOnlyImage image = new(isInMemory: true);
        image.Image.AsSpan(0, 4096).Fill(0xa5);
        KernelSymbols symbols = Kallsyms.Read(image.Image, "memory")!;
        Assert.All(FunctionsOnlyImage.Lacking, symbol => Assert.Equal((symbol.Key, FunctionsOnlyImage.Text + symbol.Value), (symbol.Key, symbols.Find(symbol.Key).Value)));
    }

    [Fact]
    public void What_one_place_alone_shows_does_not_count()
    {
        // Without the pointer to the end of the image, and without the header, the list of areas stands alone.
        FunctionsOnlyImage image = new(isInMemory: true);
        image.Image.AsSpan(0, 4096).Fill(0xa5);
        image.Image.AsSpan(FunctionsOnlyImage.Areas + 0x800, 8).Clear();
        Assert.Equal(
            "memory: it has no symbol '_end': the kernel's own table has only functions, because it was built without CONFIG_KALLSYMS_ALL, and only one thing shows it (the list of areas), and nothing confirms that; its System.map or vmlinux has all.",
            Assert.Throws<InvalidInputException>(() => Kallsyms.Read(image.Image, "memory")!.Find("_end")).Message);
    }

    [Theory]
    [InlineData("_end", 17, 1, "the header: +0x90100, paging_init: +0x90000")]
    [InlineData("nothing", 0, 0, "nothing in its code shows it")]
    public void What_does_not_agree_does_not_count_and_is_said(string symbol, int at, byte value, string reason)
    {
        FunctionsOnlyImage image = new(isInMemory: false);
        image.Image[at] += value;
        string message = Assert.Throws<InvalidInputException>(() => Kallsyms.Read(image.Image, "vmlinuz")!.Find(symbol)).Message;
        Assert.StartsWith($"vmlinuz: it has no symbol '{symbol}': the kernel's own table has only functions", message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("paging_init", "swapper_pg_dir")]
    [InlineData("secondary_startup", "swapper_pg_dir")]
    [InlineData("kpti_install_ng_mappings", "reserved_pg_dir")]
    [InlineData("map_entry_trampoline", "tramp_pg_dir")]
    public void One_function_that_names_another_page_is_enough_to_refuse_a_table(string function, string symbol)
    {
        // Its first instruction is ADRP: one page less, but in the list of the start of CPUs one more would be the end.
        FunctionsOnlyImage image = new(isInMemory: false);
        OnePageLess(image, image.Functions[function]);
        KernelSymbols symbols = Kallsyms.Read(image.Image, "vmlinuz")!;
        Assert.False(symbols.TryFind(symbol, out VirtualAddress place) && place.Value != FunctionsOnlyImage.Text + FunctionsOnlyImage.Lacking[symbol], $"{symbol} at {place}");
        Assert.False(symbols.TryFind(symbol, out _));
    }

    [Theory]
    [InlineData(8, "__inittext_end")]
    [InlineData(13, "__inittext_end")]
    [InlineData(18, "__inittext_end")]
    [InlineData(21, "__initdata_begin")]
    [InlineData(23, "__init_end")]
    [InlineData(28, "_end")]
    public void Parts_that_do_not_meet_where_the_table_says_are_none(int instruction, string symbol)
    {
        // The ends of the first three and what is behind: each is an ADRP of paging_init.
        FunctionsOnlyImage image = new(isInMemory: false);
        OnePageLess(image, image.Functions["paging_init"] + (instruction * 4));
        Assert.False(Kallsyms.Read(image.Image, "vmlinuz")!.TryFind(symbol, out VirtualAddress place), $"{symbol} at {place}");
    }

    [Fact]
    public void Calls_that_lead_nowhere_do_not_say_where_functions_are()
    {
        FunctionsOnlyImage image = new(isInMemory: true);
        ulong[] places = [.. image.Functions.Values.Order().Select(place => (ulong)place - 0x1_0000)];
        Assert.True(CallPlaces.TryFind(image.Image, places, out ulong distance));
        Assert.Equal(0x1_0000UL, distance);
        Assert.False(CallPlaces.TryFind(image.Image, [0, 0x2222, 0x5554], out _));
        Assert.False(CallPlaces.TryFind([], places, out _));
        Assert.False(CallPlaces.TryFind(new byte[0x1_0000], places, out _));
    }

    private static void OnePageLess(FunctionsOnlyImage image, int at)
    {
        Span<byte> word = image.Image.AsSpan(at);
        uint adrp = BinaryPrimitives.ReadUInt32LittleEndian(word);
        Assert.Equal(0x9000_0000, adrp & 0x9f00_0000);
        uint pages = ((adrp >> 3 & 0x1f_fffc) | (adrp >> 29 & 3)) - 1;
        BinaryPrimitives.WriteUInt32LittleEndian(word, (adrp & 0x9f00_001f) | ((pages & 3) << 29) | ((pages >> 2 & 0x7_ffff) << 5));
    }
}
