using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Live;
using Ptewright.Tests.Kernels;

namespace Ptewright.Tests.Images;

/// <summary>A source is opened by the form that recognises it, and what none recognises is said in the words of the list.</summary>
public sealed class MemorySourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_in_a_file_or_folder_says_which_form_it_has()
    {
        string core = Write("looks-raw@0x1000", CoreFile.Small);
        Assert.IsType<ElfCore>(MemorySource.Open(core)).Dispose();

        string raw = Write("vmcore", new byte[8192]);
        Assert.IsType<RawImage>(MemorySource.Open($"{raw}@1000,{raw}@0x40000000")).Dispose();
        Assert.IsType<TableFolder>(MemorySource.Open(SampleKernels.PathOf("folders", "linux-6.12"))).Dispose();
        Assert.IsType<TableFolder>(MemorySource.Open(SampleKernels.PathOf("captures", "6.12-16k"))).Dispose();
    }

    [Fact]
    public void A_file_of_no_known_form_is_refused_with_the_way_to_read_it_raw()
    {
        string file = Write("file", [1, 2, 3]);
        Assert.Equal(
            $"{file}: it is not an ELF core; if it is raw memory, say where its first byte lies, as in {file}@0x40000000.",
            Assert.Throws<InvalidInputException>(() => MemorySource.Open(file)).Message);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_all_forms_that_there_are()
    {
        const string known = "a folder of map -o or capture, FILE@ADDRESS[,FILE@ADDRESS...] (raw memory), an ELF core";
        Assert.Equal($"There is no file or folder 'nothing'; a source is {known}.", Assert.Throws<InvalidInputException>(() => MemorySource.Open("nothing")).Message);
        Assert.Equal(known, string.Join(", ", MemorySource.Forms.Select(form => form.Wording)));

        string live = Assert.Throws<InvalidInputException>(() => LiveSource.Open("nothing")).Message;
        Assert.Equal($"There is no file or folder 'nothing'; a source is gdb:HOST:PORT, gdb:SOCKET or qmp:SOCKET (a live QEMU), {known}.", live);
        Assert.EndsWith($"a source is {LiveSource.Forms}.", live, StringComparison.Ordinal);
    }

    [Fact]
    public void A_form_from_above_comes_first_and_is_named_with_the_others()
    {
        string core = Write("core", CoreFile.Small);
        SourceForm mine = new("mine:NAME", name => name == core || name.StartsWith("mine:", StringComparison.Ordinal), _ => new RawImage((core, new Addressing.PhysicalAddress(0x1000))));
        Assert.IsType<RawImage>(MemorySource.Open("mine:1", mine)).Dispose();
        Assert.IsType<RawImage>(MemorySource.Open(core, mine)).Dispose();
        Assert.IsType<ElfCore>(MemorySource.Open(core)).Dispose();
        Assert.StartsWith("mine:NAME, a folder of map -o", MemorySource.Describe(mine), StringComparison.Ordinal);
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
