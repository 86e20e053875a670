using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Fuzz;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Tests.Kernels;

/// <summary>A kernel's own table of its symbols, in each form that Linux has written it: every symbol at its address, wherever the image is linked or was moved to.</summary>
public sealed class KallsymsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public static TheoryData<string, string> Forms => new()
    {
        { "AddressesFirst", "Base" }, { "AddressesFirst", "PerCpu" }, { "AddressesFirst", "Absolute" },
        { "WithNameOrder", "Base" }, { "WithNameOrder", "PerCpu" }, { "WithNameOrder", "Absolute" },
        { "AddressesLast", "Base" }, { "AddressesLast", "PerCpu" }, { "AddressesLast", "Absolute" },
        { "Packed", "Place" },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_symbol_has_its_address(string order, string form)
    {
        bool isPlace = form == "Place";
        byte[] image = KallsymsImage.Build(Enum.Parse<KallsymsOrder>(order), Enum.Parse<KallsymsForm>(form), isBaseWritten: !isPlace, isListed: true);
        KallsymsTables tables = KallsymsTables.Find(image)!;
        Assert.Equal((form, KallsymsImage.Symbols.Length), (tables.Form.ToString(), tables.Count));
        AssertAll(Kallsyms.Read(image, "Image"), KallsymsImage.Text);
    }

    [Theory]
    [InlineData("AddressesFirst", "Base", true)]
    [InlineData("WithNameOrder", "Base", false)]
    [InlineData("AddressesLast", "Base", true)]
    [InlineData("AddressesLast", "PerCpu", false)]
    [InlineData("Packed", "Place", true)]
    [InlineData("Packed", "Place", false)]
    public void An_image_that_does_not_say_where_it_is_linked_is_asked_through_its_pointers(string order, string form, bool isListed)
    {
        foreach (ulong text in (ulong[])[KallsymsImage.Text, 0xffff_c000_8000_0000, 0xffff_8000_0800_0000, 0xffff_ffc0_8000_0000, 0xffff_a57d_1234_0000])
        {
            byte[] image = KallsymsImage.Build(Enum.Parse<KallsymsOrder>(order), Enum.Parse<KallsymsForm>(form), isBaseWritten: false, isListed, text);
            AssertAll(Kallsyms.Read(image, "Image"), text);
        }
    }

    [Fact]
    public void Without_pointers_it_has_to_be_said_where_it_lies()
    {
        byte[] image = KallsymsImage.Build(KallsymsOrder.Packed, KallsymsForm.Place, isBaseWritten: false, isListed: false);
        image.AsSpan(0x1000, 0x1000).Clear();
        Assert.Null(Kallsyms.Read(image, "Image"));
        AssertAll(Kallsyms.Read(image, "Image", new VirtualAddress(0xffff_8000_1234_0000)), 0xffff_8000_1234_0000);
    }

    [Fact]
    public void A_base_that_was_moved_in_memory_moves_all_symbols()
    {
        byte[] image = KallsymsImage.Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: true, isListed: true, 0xffff_b123_4560_0000);
        AssertAll(Kallsyms.Read(image, "memory"), 0xffff_b123_4560_0000);
    }

    [Fact]
    public void A_damaged_table_is_none()
    {
        byte[] image = KallsymsImage.Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: true, isListed: true);
        KallsymsTables tables = KallsymsTables.Find(image)!;
        foreach (int at in (int[])[tables.Names, tables.TokenIndex + 100, tables.TokenIndex + 512 + 7, image.AsSpan(tables.TokenTable).IndexOf((byte)0) + tables.TokenTable])
        {
            byte[] damaged = (byte[])image.Clone();
            damaged[at] ^= 0x40;
            Assert.Null(Kallsyms.Read(damaged, "Image"));
        }
    }

    [Fact]
    public void An_image_without_the_table_says_so_and_one_without_data_says_why()
    {
        byte[] image = new byte[4096];
        "ARM\u0064"u8.CopyTo(image.AsSpan(56));
        Assert.Equal(
            "vmlinuz: it has no table of its symbols that can be read, as without CONFIG_KALLSYMS; its System.map or vmlinux has them.",
            Assert.Throws<InvalidInputException>(() => KernelFile.Parse(image, "vmlinuz").ReadSymbols()).Message);
        KernelSymbols all = Kallsyms.Read(KallsymsImage.Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: true, isListed: true), "vmlinuz")!;
        Assert.Equal("vmlinuz: it has no symbol 'nothing'.", Assert.Throws<InvalidInputException>(() => all.Find("nothing")).Message);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    [InlineData("zboot-gzip")]
    [InlineData("zboot-zstd")]
    [InlineData("gzip-zboot-zstd")]
    public void Symbols_are_read_out_of_every_packing(string packing)
    {
        byte[] image = KallsymsImage.Build(KallsymsOrder.AddressesLast, KallsymsForm.Base, isBaseWritten: true, isListed: true);
        byte[] file = packing switch
        {
            "gzip" => PackedKernels.Gzip(image),
            "zstd" => PackedKernels.Zstd(image),
            "zboot-gzip" => PackedKernels.Zboot("gzip", PackedKernels.Gzip(image)),
            "zboot-zstd" => PackedKernels.Zboot("zstd22", PackedKernels.Zstd(image)),
            "gzip-zboot-zstd" => PackedKernels.Gzip(PackedKernels.Zboot("zstd", PackedKernels.Zstd(image))),
            _ => image,
        };
        string path = Path.Combine(_folder, "vmlinuz");
        File.WriteAllBytes(path, file);
        AssertAll(KernelSymbols.Read(path), KallsymsImage.Text);
        KernelFile kernel = KernelFile.Read(path);
        Assert.Equal((image.Length, packing is "plain" or "gzip", 4096), (kernel.Image.Length, kernel.IsBootable, kernel.PageSize));
    }

    [Theory]
    [InlineData(8, "it is an EFI program that unpacks the kernel, and the ")]
    [InlineData(12, "it is an EFI program that unpacks the kernel, and the ")]
    [InlineData(64, "it is an EFI program that unpacks the kernel, but what it unpacks is neither gzip nor zstd data.")]
    [InlineData(76, "it begins as gzip data, but cannot be unpacked.")]
    public void A_damaged_packing_is_said(int at, string sentence)
    {
        byte[] file = PackedKernels.Zboot("gzip", PackedKernels.Gzip(Samples.KernelFile));
        file.AsSpan(at, 3).Fill(0xff);
        string path = Path.Combine(_folder, "vmlinuz");
        File.WriteAllBytes(path, file);
        Assert.StartsWith($"vmlinuz: {sentence}", Assert.Throws<InvalidInputException>(() => KernelFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_vmlinux_has_its_symbols_in_its_own_table()
    {
        string path = Path.Combine(_folder, "vmlinux");
        File.WriteAllBytes(path, VmlinuxFile.Build(
            ("$x", 0, 0, 1), ("head.S", 0, 4, 2), (".text", 0, 3, 3), ("both", 0, 2, 4), ("both", 1, 2, 5), ("both", 0, 2, 6), ("local", 0, 1, 7), ("weak", 2, 2, 8)));
        Assert.Equal([("both", 5UL), ("local", 7UL), ("weak", 8UL)], KernelSymbols.Read(path).All.Select(symbol => (symbol.Name, symbol.Address.Value)).Order());
    }

    [Theory]
    [InlineData(18, 62, "it is an ELF file, but no vmlinux of an arm64 kernel")]
    [InlineData(40, 255, "its 3 section headers at offset 0xff do not lie in the file: it is cut short")]
    [InlineData(132, 9, "it has no symbol table: it was stripped")]
    [InlineData(155, 1, "its symbol table at offset 0x1000100 has 48 bytes, which do not lie in the file or are more than 256 MiB")]
    public void A_vmlinux_with_a_fault_is_refused(int at, byte value, string reason)
    {
        byte[] file = VmlinuxFile.Build(("_text", 1, 2, 1));
        file[at] = value;
        string path = Path.Combine(_folder, "vmlinux");
        File.WriteAllBytes(path, file);
        Assert.Equal($"{path}: {reason}.", Assert.Throws<InvalidInputException>(() => KernelSymbols.Read(path)).Message);
    }

    [Fact]
    public void A_placeholder_of_a_map_is_recognised()
    {
        string path = Path.Combine(_folder, "System.map");
        File.WriteAllText(path, "ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n");
        Assert.EndsWith(
            "System.map: line 1: this is the placeholder that Debian ships: the kernel's own image, vmlinuz, has the symbols too; the real System.map is in the linux-image package that ends with -dbg.",
            Assert.Throws<InvalidInputException>(() => KernelSymbols.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_is_found_between_its_marks()
    {
        byte[] text = PackedKernels.Gzip(Encoding.ASCII.GetBytes("CONFIG_ARM64_VA_BITS=48\n"));
        byte[] image = [.. Samples.KernelFile, .. "IKCFG_ST"u8, 0, .. "IKCFG_ST"u8, .. text, .. "IKCFG_ED"u8];
        Assert.Equal("CONFIG_ARM64_VA_BITS=48\n", KernelFile.Parse(image, "Image").FindConfiguration());
        Assert.Null(KernelFile.Parse(Samples.KernelFile, "Image").FindConfiguration());
    }

    [Theory]
    [InlineData(0xa, 4096)]
    [InlineData(0xc, 16384)]
    [InlineData(0xe, 65536)]
    [InlineData(0x8, 0)]
    public void The_header_says_the_page_size(byte flags, int pageSize)
    {
        byte[] image = (byte[])Samples.KernelFile.Clone();
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(24), flags);
        Assert.Equal(pageSize, KernelFile.Parse(image, "Image").PageSize);
    }

    private static void AssertAll(KernelSymbols? symbols, ulong text)
    {
        Assert.NotNull(symbols);
        Assert.Equal(KallsymsImage.Symbols.Select(symbol => (symbol.Name[1..], text + symbol.Place)).Distinct().Order(), symbols.All.Select(symbol => (symbol.Name, symbol.Address.Value)).Order());
        Assert.Equal(text + (9 << 16), symbols.ImageAt(new PhysicalAddress(0x4000_0000)).SwapperTable.Value);
    }
}
