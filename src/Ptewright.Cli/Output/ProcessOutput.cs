using Microsoft.Win32.SafeHandles;

namespace Ptewright.Cli.Output;

/// <summary>The standard output of this process; unlike the library's own stream it says when nobody reads it any more.</summary>
internal sealed class ProcessOutput : Stream
{
    // The same number on Linux and macOS.
    private const int BrokenPipe = 32;
    private readonly Stream _inner;

    private ProcessOutput(Stream inner) => _inner = inner;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Opens the standard output.</summary>
    public static Stream Open()
    {
        Stream console = Console.OpenStandardOutput();
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return console;
        }

#pragma warning disable CA2000 // The standard output is the process's: it is closed with it, not before.
        // A file is left to the library's stream: it keeps the position that other processes share, and has no reader that could go.
        FileStream pipe = new(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return pipe.CanSeek ? console : new ProcessOutput(pipe);
#pragma warning restore CA2000
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _inner.Write(buffer);
        }
        catch (IOException problem) when (problem.HResult == BrokenPipe)
        {
            throw new OutputClosedException();
        }
    }
}

/// <summary>Nobody reads the standard output any more.</summary>
internal sealed class OutputClosedException : Exception;
