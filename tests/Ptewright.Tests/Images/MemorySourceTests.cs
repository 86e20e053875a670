using System.Net;
using System.Net.Sockets;
using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Live;
using Ptewright.Tests.Kernels;

namespace Ptewright.Tests.Images;

/// <summary>What kind of source a name is, and what is said of one that is none, in the words of the list of forms.</summary>
public sealed class MemorySourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("nothing-of-this-name", "There is no file or folder 'nothing-of-this-name'; a source is gdb:HOST:PORT, ")]
    [InlineData("gdb:", "Name the stub, as in gdb:localhost:1234.")]
    [InlineData("gdb:localhost:", "'gdb:localhost:' has no port, as in gdb:localhost:1234.")]
    [InlineData("gdb:localhost:0", "'gdb:localhost:0' has no port, as in gdb:localhost:1234.")]
    [InlineData("gdb:localhost:65536", "'gdb:localhost:65536' has no port, as in gdb:localhost:1234.")]
    [InlineData("gdb:localhost:http", "'gdb:localhost:http' has no port, as in gdb:localhost:1234.")]
    [InlineData("gdb:localhost:-1", "'gdb:localhost:-1' has no port, as in gdb:localhost:1234.")]
    [InlineData("ram.img@", "'ram.img@' does not say where the file's first byte lies, as in ram.img@0x40000000.")]
    [InlineData("@0x40000000", "'@0x40000000' does not say where the file's first byte lies, as in ram.img@0x40000000.")]
    [InlineData("ram.img@there", "'there' is no number for the address of 'ram.img@there', such as ffff000040200000 or 0x40200000.")]
    [InlineData("low.img,high.img@0x40000000", "'low.img' does not say where the file's first byte lies, as in ram.img@0x40000000.")]
    public void A_name_of_nothing_is_said(string name, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<InvalidInputException>(() => LiveSource.Open(name)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(100)]
    public void A_file_that_does_not_begin_as_ELF_does_is_raw_memory_without_an_address(int length)
    {
        // The first three bytes of an ELF file, and not the fourth.
        string path = Write("ram.img", [.. "\u007fELG"u8.ToArray().Take(length), .. new byte[Math.Max(0, length - 4)]]);
        Assert.Equal(
            $"{path}: it is neither an ELF core, a kdump-compressed dump, a LiME dump, an AVML dump nor a list of ramdumps; if it is raw memory, say where its first byte lies, as in {path}@0x40000000.",
            Assert.Throws<InvalidInputException>(() => LiveSource.Open(path)).Message);
    }

    [Fact]
    public void A_file_that_begins_as_ELF_does_is_a_core()
    {
        using MemoryImage core = LiveSource.Open(Write("core", CoreFile.Small));
        Assert.IsType<ElfCore>(core);
        Assert.EndsWith(
            "it is no 64-bit little-endian ELF file.", Assert.Throws<InvalidInputException>(() => LiveSource.Open(Write("core", "\u007fELF"u8.ToArray()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_with_addresses_are_raw_memory_and_the_last_at_sign_divides()
    {
        string low = Write("a@b.img", [1, 2, 3, 4]);
        string high = Write("high.img", [5, 6, 7, 8]);
        using MemoryImage image = LiveSource.Open($"{low}@1000,{high}@0x80000000");
        Assert.IsType<RawImage>(image);
        Assert.Equal([(0x1000UL, 4UL), (0x8000_0000UL, 4UL)], image.Segments.Select(segment => (segment.Start.Value, segment.Size)));
        Assert.Equal([0x1004UL, 0x8000_0004UL], image.Segments.Select(segment => segment.End.Value));
        byte[] bytes = new byte[4];
        Assert.True(image.TryRead(new PhysicalAddress(0x8000_0000), bytes));
        Assert.Equal([5, 6, 7, 8], bytes);

        // A file whose whole name there is, is that file.
        Assert.Contains("it is neither an ELF core", Assert.Throws<InvalidInputException>(() => LiveSource.Open(low)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gdb:")]
    [InlineData("qmp:")]
    public void A_socket_that_is_not_there_is_said_by_its_own_name(string kind)
    {
        string socket = Path.Combine(_folder, "socket");
        string message = Assert.Throws<InvalidInputException>(() => LiveSource.Open(kind + socket)).Message;
        Assert.StartsWith($"{kind}{socket}: nobody answers there; ", message, StringComparison.Ordinal);
    }

    // A stub that hangs up: it is enough to see who was called.
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("")]
    [InlineData("[127.0.0.1]")]
    public async Task The_port_stands_behind_the_last_colon_and_without_a_host_it_is_this_one(string host)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Task<InvalidInputException> opening = Task.Run(
            () => Assert.Throws<InvalidInputException>(() => LiveSource.Open($"gdb:{host}:{port}")), TestContext.Current.CancellationToken);
        Task<TcpClient> calling = listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.Same(calling, await Task.WhenAny(calling, opening));
        using (TcpClient client = await calling)
        {
            listener.Stop();
            Assert.True(client.Connected);
        }

        string message = (await opening).Message;
        Assert.Contains($"{(host.Length == 0 ? "localhost" : "127.0.0.1")}:{port}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_in_a_file_or_folder_says_which_form_it_has()
    {
        string core = Write("looks-raw@0x1000", CoreFile.Small);
        Assert.IsType<ElfCore>(MemorySource.Open(core)).Dispose();

        string kdump = Write("looks-like-a-core.elf", new KdumpWriter { Stored = KdumpFiles.Memory(4096) }.Build());
        Assert.IsType<KdumpImage>(MemorySource.Open(kdump)).Dispose();

        string raw = Write("vmcore", new byte[8192]);
        Assert.IsType<RawImage>(MemorySource.Open($"{raw}@1000,{raw}@0x40000000")).Dispose();
        Assert.IsType<TableFolder>(MemorySource.Open(SampleKernels.PathOf("folders", "linux-6.12"))).Dispose();
        Assert.IsType<TableFolder>(MemorySource.Open(SampleKernels.PathOf("captures", "6.12-16k"))).Dispose();
    }

    [Fact]
    public void An_unknown_name_is_refused_with_all_forms_that_there_are()
    {
        const string known = "a folder of tables, FILE[+OFFSET]@ADDRESS[:LENGTH][,...] (raw memory), an ELF core, a kdump-compressed dump, a LiME dump, an AVML dump, a list of ramdumps";
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
        SourceForm mine = new("mine:NAME", name => name == core || name.StartsWith("mine:", StringComparison.Ordinal), _ => new RawImage((core, new PhysicalAddress(0x1000))));
        Assert.IsType<RawImage>(MemorySource.Open("mine:1", mine)).Dispose();
        Assert.IsType<RawImage>(MemorySource.Open(core, mine)).Dispose();
        Assert.IsType<ElfCore>(MemorySource.Open(core)).Dispose();
        Assert.StartsWith("mine:NAME, a folder of tables", MemorySource.Describe(mine), StringComparison.Ordinal);
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
