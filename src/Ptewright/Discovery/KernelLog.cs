using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Discovery;

/// <summary>Reads a kernel's log out of its memory.</summary>
/// <remarks>
/// Linux: <c>kernel/printk/printk_ringbuffer.h</c>, from 5.10 on. A ring of descriptors, a ring of what is said of each record, a ring of text; where the parts of each lie VMCOREINFO says, which the
/// kernel writes for this purpose (<c>log_buf_vmcoreinfo_setup</c>), so that no version need be known.
/// </remarks>
internal static class KernelLog
{
    private const int MostCountBits = 22;
    private const int MostSizeBits = 28;
    private const int MostText = 16 << 20;
    private const int MostStruct = 1 << 10;

    // A descriptor's word: state 63:62 | number 61:0. Records that are complete: desc_committed, desc_finalized.
    private const int StateShift = 62;
    private const ulong NumberMask = (1UL << StateShift) - 1;

    /// <summary>The text of the log, a line for each line of each record, without time stamps.</summary>
    /// <param name="memory">The kernel's memory.</param>
    /// <param name="info">VMCOREINFO.</param>
    /// <param name="why">Where there is none: why, as the end of a sentence.</param>
    public static string? Read(KernelMemory memory, VmCoreInfo info, out string why)
    {
        why = "VMCOREINFO does not say how it is laid out";
        if (info.Symbol("prb") is not { } pointer || Layout.Of(info) is not { } layout)
        {
            return null;
        }

        byte[] ring = new byte[layout.RingBytes];
        if (memory.Word(pointer) is not { } at || !memory.TryRead(new VirtualAddress(at), ring))
        {
            why = "it is not in the source";
            return null;
        }

        uint countBits = BinaryPrimitives.ReadUInt32LittleEndian(ring.AsSpan(layout.CountBits));
        uint sizeBits = BinaryPrimitives.ReadUInt32LittleEndian(ring.AsSpan(layout.SizeBits));
        if (countBits is 0 or > MostCountBits || sizeBits is < 3 or > MostSizeBits)
        {
            why = "its size is none that a log has";
            return null;
        }

        ulong tail = BinaryPrimitives.ReadUInt64LittleEndian(ring.AsSpan(layout.Tail)) & NumberMask;
        ulong head = BinaryPrimitives.ReadUInt64LittleEndian(ring.AsSpan(layout.Head)) & NumberMask;
        ulong count = Math.Min(((head - tail) & NumberMask) + 1, 1UL << (int)countBits);
        RecordReader reader = new(memory, layout, ring, countBits, sizeBits);
        StringBuilder text = new();
        for (ulong i = 0; i < count && text.Length < MostText; i++)
        {
            reader.Append(text, (tail + i) & NumberMask);
        }

        why = text.Length == 0 ? "no record of it can be read" : string.Empty;
        return text.Length == 0 ? null : text.ToString();
    }

    // Each value is an offset in bytes, or a size.
    private sealed record Layout(
        int RingBytes, int CountBits, int Descriptors, int Infos, int Head, int Tail, int SizeBits, int Data,
        int DescriptorBytes, int State, int Begin, int Next, int InfoBytes, int TextLength)
    {
        public static Layout? Of(VmCoreInfo info)
        {
            bool isWhole = true;
            int Number(string key)
            {
                ulong? value = info.Number(key);
                isWhole &= value is < MostStruct - sizeof(ulong);
                return isWhole ? (int)value!.Value : 0;
            }

            int descriptors = Number("OFFSET(printk_ringbuffer.desc_ring)");
            int data = Number("OFFSET(printk_ringbuffer.text_data_ring)");
            int place = Number("OFFSET(prb_desc.text_blk_lpos)");
            Layout layout = new(
                Number("SIZE(printk_ringbuffer)"),
                descriptors + Number("OFFSET(prb_desc_ring.count_bits)"),
                descriptors + Number("OFFSET(prb_desc_ring.descs)"),
                descriptors + Number("OFFSET(prb_desc_ring.infos)"),
                descriptors + Number("OFFSET(prb_desc_ring.head_id)"),
                descriptors + Number("OFFSET(prb_desc_ring.tail_id)"),
                data + Number("OFFSET(prb_data_ring.size_bits)"),
                data + Number("OFFSET(prb_data_ring.data)"),
                Number("SIZE(prb_desc)"),
                Number("OFFSET(prb_desc.state_var)"),
                place + Number("OFFSET(prb_data_blk_lpos.begin)"),
                place + Number("OFFSET(prb_data_blk_lpos.next)"),
                Number("SIZE(printk_info)"),
                Number("OFFSET(printk_info.text_len)"));
            int[] inRing = [layout.CountBits, layout.Descriptors, layout.Infos, layout.Head, layout.Tail, layout.SizeBits, layout.Data];
            int[] inDescriptor = [layout.State, layout.Begin, layout.Next];
            return isWhole && inRing.All(offset => offset <= layout.RingBytes - sizeof(ulong)) && inDescriptor.All(offset => offset <= layout.DescriptorBytes - sizeof(ulong))
                && layout.TextLength <= layout.InfoBytes - sizeof(ushort)
                ? layout
                : null;
        }
    }

    private sealed class RecordReader(KernelMemory memory, Layout layout, byte[] ring, uint countBits, uint sizeBits)
    {
        private readonly ulong _descriptors = BinaryPrimitives.ReadUInt64LittleEndian(ring.AsSpan(layout.Descriptors));
        private readonly ulong _infos = BinaryPrimitives.ReadUInt64LittleEndian(ring.AsSpan(layout.Infos));
        private readonly ulong _data = BinaryPrimitives.ReadUInt64LittleEndian(ring.AsSpan(layout.Data));
        private readonly byte[] _descriptor = new byte[layout.DescriptorBytes];
        private readonly byte[] _info = new byte[layout.InfoBytes];
        private readonly byte[] _text = new byte[ushort.MaxValue + 1];

        // What is damaged, or being written, is passed over.
        public void Append(StringBuilder text, ulong number)
        {
            ulong index = number & ((1UL << (int)countBits) - 1);
            if (!memory.TryRead(new VirtualAddress(_descriptors + (index * (ulong)layout.DescriptorBytes)), _descriptor)
                || !memory.TryRead(new VirtualAddress(_infos + (index * (ulong)layout.InfoBytes)), _info))
            {
                return;
            }

            ulong state = BinaryPrimitives.ReadUInt64LittleEndian(_descriptor.AsSpan(layout.State));
            ulong begin = BinaryPrimitives.ReadUInt64LittleEndian(_descriptor.AsSpan(layout.Begin));
            ulong next = BinaryPrimitives.ReadUInt64LittleEndian(_descriptor.AsSpan(layout.Next));
            if ((state & NumberMask) != number || state >> StateShift is not (1 or 2) || (begin & 1) != 0)
            {
                return;
            }

            // A block that would lie across the end of the ring lies at its beginning instead.
            ulong size = 1UL << (int)sizeBits;
            ulong start = begin >> (int)sizeBits == next >> (int)sizeBits ? begin & (size - 1) : 0;
            ulong room = start == 0 ? next & (size - 1) : next - begin;
            Span<byte> block = _text.AsSpan(0, (int)Math.Min((ulong)_text.Length, room));
            int length = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(_info.AsSpan(layout.TextLength)), block.Length - sizeof(ulong));
            if (room > size || length <= 0 || !memory.TryRead(new VirtualAddress(_data + start), block[..(length + sizeof(ulong))])
                || BinaryPrimitives.ReadUInt64LittleEndian(block) != number)
            {
                return;
            }

            _ = text.Append(Encoding.UTF8.GetString(block.Slice(sizeof(ulong), length))).Append('\n');
        }
    }
}
